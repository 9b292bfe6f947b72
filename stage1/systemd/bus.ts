import { watch } from 'node:fs'
import { dirname } from 'node:path'
import { native, type Connection } from '#native'
import { RuntimeError } from '#schema/errors.js'
import {
  decodeMessage,
  encodeCall,
  ERROR,
  METHOD_RETURN,
  setSerial,
  SIGNAL,
  valueOfVariant,
  type Received,
} from './message.js'

/** PID 1's own socket for root: no bus daemon in between, which may be absent, slow, or restarted. */
const PRIVATE_SOCKET = '/run/systemd/private'
const SYSTEM_BUS = '/run/dbus/system_bus_socket'

const BUS_DAEMON = {
  destination: 'org.freedesktop.DBus',
  path: '/org/freedesktop/DBus',
  interface: 'org.freedesktop.DBus',
}
const SYSTEMD = 'org.freedesktop.systemd1'
const SYSTEMDS_SIGNALS = `type='signal',sender='${SYSTEMD}'`
const MANAGER = { destination: SYSTEMD, path: '/org/freedesktop/systemd1', interface: `${SYSTEMD}.Manager` }

/** PID 1 answers at once; one that does not for so long is not going to. */
const ANSWER_MS = 60_000

/** What systemd tells without being asked. */
export type Signal = Pick<Received, 'path' | 'member' | 'body' | 'textOf' | 'numberOf'>

/** An error answered over the bus: `org.freedesktop.systemd1.NoSuchUnit`. */
export class BusError extends Error {
  readonly errorName: string

  constructor(errorName: string, message: string) {
    super(message)
    this.name = 'BusError'
    this.errorName = errorName
  }
}

interface Waiting {
  readonly resolve: (body: readonly unknown[]) => void
  readonly reject: (error: Error) => void
  readonly timer: NodeJS.Timeout
}

const noAnswer = (cause: unknown): RuntimeError =>
  new RuntimeError('SYSTEMD', 'systemd: does not answer on D-Bus', { hint: 'systemctl is-system-running', cause })

/** The bytes of a call to systemd's Manager. */
export const managerCall = (member: string, signature: string, body: readonly unknown[]): Buffer =>
  encodeCall({ ...MANAGER, member, signature, body })

/** A connection to systemd. While it is open it keeps the process alive. */
export class Bus {
  /** Settles when systemd (or the bus daemon) has closed the connection, as it does when it executes itself anew. */
  readonly closed: Promise<undefined>
  readonly #connection: Connection
  readonly #waiting = new Map<number, Waiting>()
  readonly #closed = Promise.withResolvers<undefined>()
  readonly #greeting = Promise.withResolvers<undefined>()
  #state: 'greeting' | 'open' | 'closed' = 'greeting'
  #serial = 0
  #onSignal: (signal: Signal) => void = () => undefined

  private constructor(path: string) {
    this.closed = this.#closed.promise
    // one that was never waited for is no failure
    this.#greeting.promise.catch(() => undefined)
    this.#connection = native.connect(path, (piece) => this.#take(piece))
  }

  /**
   * Connects to PID 1 directly, or else over the system bus, and asks for its signals.
   *
   * @throws RuntimeError SYSTEMD where neither answers
   */
  static async open(): Promise<Bus> {
    try {
      return await Bus.#connect(PRIVATE_SOCKET)
    } catch {
      return await Bus.#overDaemon()
    }
  }

  /**
   * Connects to PID 1 directly, as soon as it lets: while it executes itself anew its socket is not there.
   *
   * @throws RuntimeError SYSTEMD where it does not come back
   */
  static async reopen(): Promise<Bus> {
    const { once } = await import('node:events')
    const watcher = watch(dirname(PRIVATE_SOCKET))
    const signal = AbortSignal.timeout(ANSWER_MS)
    try {
      for (;;) {
        const change = once(watcher, 'change', { signal })
        change.catch(() => undefined)
        const bus = await Bus.#connect(PRIVATE_SOCKET).catch(() => null)
        if (bus !== null) return bus
        await change
      }
    } catch (cause) {
      throw noAnswer(cause)
    } finally {
      watcher.close()
    }
  }

  static async #overDaemon(): Promise<Bus> {
    try {
      const bus = await Bus.#connect(SYSTEM_BUS)
      await Promise.all([
        bus.send(encodeCall({ ...BUS_DAEMON, member: 'Hello' })),
        bus.send(encodeCall({ ...BUS_DAEMON, member: 'AddMatch', signature: 's', body: [SYSTEMDS_SIGNALS] })),
        bus.call('Subscribe', '', []),
      ])
      return bus
    } catch (cause) {
      throw noAnswer(cause)
    }
  }

  /** Authenticates by the socket's credentials (D-Bus Specification, EXTERNAL), without waiting between the lines. */
  static async #connect(path: string): Promise<Bus> {
    const bus = new Bus(path)
    const uid = Buffer.from(String(process.getuid?.() ?? 0)).toString('hex')
    bus.#connection.write(Buffer.from(`\0AUTH EXTERNAL ${uid}\r\nBEGIN\r\n`))
    await bus.#greeting.promise
    return bus
  }

  /** From now on `onSignal` gets the signals of systemd that hold one of `words`. */
  listen(words: readonly string[], onSignal: (signal: Signal) => void): void {
    this.#onSignal = onSignal
    this.#connection.listen(words)
  }

  /** Calls a method of systemd's Manager; gives the answer's body. Throws {@link BusError} for an error answered. */
  call(member: string, signature: string, body: readonly unknown[]): Promise<readonly unknown[]> {
    return this.send(managerCall(member, signature, body))
  }

  /** A property of one of systemd's objects. */
  async property(path: string, of: string, name: string): Promise<unknown> {
    const interfaceOfAll = 'org.freedesktop.DBus.Properties'
    const call = {
      destination: SYSTEMD,
      path,
      interface: interfaceOfAll,
      member: 'Get',
      signature: 'ss',
      body: [of, name],
    }
    const [value] = await this.send(encodeCall(call))
    return valueOfVariant(value)
  }

  close(): void {
    this.#connection.close()
    this.#end()
  }

  /** Sends a call that is encoded already; gives the answer's body. Throws {@link BusError} for an error answered. */
  send(call: Buffer): Promise<readonly unknown[]> {
    if (this.#state === 'closed') return Promise.reject(new Error('connection closed'))
    const serial = (this.#serial += 1)
    setSerial(call, serial)
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(serial)
        reject(new Error(`no answer within ${ANSWER_MS / 1000} s`))
      }, ANSWER_MS)
      this.#waiting.set(serial, { resolve, reject, timer })
      this.#connection.write(call)
    })
  }

  /** Gets whole messages; before the first one, the line of greeting. */
  #take(piece: Buffer): void {
    if (piece.length === 0) this.#end()
    else this.#readMessages(this.#state === 'greeting' ? this.#readGreeting(piece) : piece)
  }

  /** Gives what follows it. */
  #readGreeting(piece: Buffer): Buffer {
    const end = piece.indexOf('\r\n')
    const line = piece.toString('latin1', 0, end)
    if (line.startsWith('OK ')) {
      this.#state = 'open'
      this.#greeting.resolve(undefined)
    } else {
      this.#greeting.reject(new Error(line))
      this.close()
    }
    return piece.subarray(end + 2)
  }

  #readMessages(piece: Buffer): void {
    for (let rest = piece; rest.length > 0 && this.#state === 'open';) {
      const { message, length } = decodeMessage(rest)
      rest = rest.subarray(length)
      this.#receive(message)
    }
  }

  #receive(message: Received): void {
    const { type, replySerial, errorName } = message
    if (type === SIGNAL) this.#onSignal(message)
    const waiting = this.#waiting.get(replySerial)
    if (waiting === undefined || (type !== METHOD_RETURN && type !== ERROR)) return
    this.#waiting.delete(replySerial)
    clearTimeout(waiting.timer)
    const body = message.body()
    if (type === METHOD_RETURN) waiting.resolve(body)
    else waiting.reject(new BusError(errorName, typeof body[0] === 'string' ? body[0] : errorName))
  }

  #end(): void {
    this.#state = 'closed'
    const error = new Error('connection closed')
    this.#greeting.reject(error)
    for (const { reject, timer } of this.#waiting.values()) {
      clearTimeout(timer)
      reject(error)
    }
    this.#waiting.clear()
    this.#closed.resolve(undefined)
  }
}
