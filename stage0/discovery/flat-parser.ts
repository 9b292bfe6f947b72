import { Parser } from 'htmlparser2'

/** Takes every element for an empty one: where elements end is of no interest here, and keeping track would cost hostile pages nothing. */
export class FlatParser extends Parser {
  protected override isVoidElement(): boolean {
    return true
  }
}
