import { Parser } from 'htmlparser2'

/**
 * A parser that treats every element as a void one: the ends of elements are not needed, and
 * tracking open elements would let hostile pages consume memory.
 */
export class FlatParser extends Parser {
  protected override isVoidElement(): boolean {
    return true
  }
}
