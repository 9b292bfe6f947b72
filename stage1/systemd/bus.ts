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

/**
 * PID 1's private socket for root: it needs no bus daemon, which may be absent, slow or restarting.
 */
const PRIVATE_SOCKET = '/run/systemd/private'
const SYSTEM_BUS = '/run/dbus/system_bus_socket'

const BUS_DAEMON = {
  destination: 'org.freedesktop.DBus',
  path: '/org/freedesktop/DBus',
  interface: 'org.freedesktop.DBus',
}
const SYSTEMD = 'org.freedesktop.systemd1'
const SIGNALS_OF_SYSTEMD = `type='signal',sender='${SYSTEMD}'`
const MANAGER = { destination: SYSTEMD, path: '/org/freedesktop/systemd1', interface: `${SYSTEMD}.Manager` }

/** PID 1 normally answers at once. After this time a call fails. */
const ANSWER_MS = 60_000

/** A signal of systemd. */
export type Signal = Pick<Received, 'path' | 'member' | 'body' | 'textOf' | 'numberOf'>

/** An error reply over D-Bus: `org.freedesktop.systemd1.NoSuchUnit`. */
export class BusError extends Error {
  readonly errorName: string

  constructor(errorName: string, message: string) {
    super(message)
    this.name = 'BusError'
    this.errorName = errorName
  }
}

interface PendingCall {
  readonly resolve: (body: readonly unknown[]) => void
  readonly reject: (error: Error) => void
  readonly timer: NodeJS.Timeout
}

const noAnswer = (cause: unknown): RuntimeError =>
  new RuntimeError('SYSTEMD', 'systemd: does not answer on D-Bus', { hint: 'systemctl is-system-running', cause })

/** Encodes a call to systemd's Manager. */
export const managerCall = (member: string, signature: string, body: readonly unknown[]): Buffer =>
  encodeCall({ ...MANAGER, member, signature, body })

/** A connection to systemd. It keeps the process alive while it is open. */
export class Bus {
  /**
   * Settles when systemd (or the bus daemon) has closed the connection. systemd does so when it
   * reexecutes itself.
   */
  readonly closed: Promise<undefined>
  readonly #connection: Connection
  readonly #pending = new Map<number, PendingCall>()
  readonly #closed = Promise.withResolvers<undefined>()
  readonly #greeting = Promise.withResolvers<undefined>()
  #state: 'greeting' | 'open' | 'closed' = 'greeting'
  #serial = 0
  #onSignal: (signal: Signal) => void = () => undefined

  private constructor(path: string) {
    this.closed = this.#closed.promise
    // A rejection that nobody waits for is not an error.
    this.#greeting.promise.catch(() => undefined)
    this.#connection = native.connect(path, (piece) => this.#onData(piece))
  }

  /**
   * Connects to PID 1 directly, or else over the system bus, where it subscribes to the signals of
   * systemd. Errors: SYSTEMD where neither answers.
   */
  static async open(): Promise<Bus> {
    try {
      return await Bus.#connect(PRIVATE_SOCKET)
    } catch {
      return await Bus.#overDaemon()
    }
  }

  /**
   * Connects to PID 1 directly, as soon as its socket exists: it is missing while systemd
   * reexecutes itself. Errors: SYSTEMD where the socket does not come back.
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
        bus.send(encodeCall({ ...BUS_DAEMON, member: 'AddMatch', signature: 's', body: [SIGNALS_OF_SYSTEMD] })),
        bus.call('Subscribe', '', []),
      ])
      return bus
    } catch (cause) {
      throw noAnswer(cause)
    }
  }

  /**
   * Authenticates by the socket's credentials (D-Bus Specification, EXTERNAL), and sends all lines
   * without waiting for replies.
   */
  static async #connect(path: string): Promise<Bus> {
    const bus = new Bus(path)
    const uid = Buffer.from(String(process.getuid?.() ?? 0)).toString('hex')
    bus.#connection.write(Buffer.from(`\0AUTH EXTERNAL ${uid}\r\nBEGIN\r\n`))
    await bus.#greeting.promise
    return bus
  }

  /** From now on `onSignal` gets each signal of systemd that contains one of `words`. */
  listen(words: readonly string[], onSignal: (signal: Signal) => void): void {
    this.#onSignal = onSignal
    this.#connection.listen(words)
  }

  /**
   * Calls a method of systemd's Manager; gives the body of the reply. Errors: {@link BusError} for
   * an error reply.
   */
  call(member: string, signature: string, body: readonly unknown[]): Promise<readonly unknown[]> {
    return this.send(managerCall(member, signature, body))
  }

  /** Reads a property of one of systemd's objects. Errors: {@link BusError} for an error reply. */
  async property(path: string, interfaceName: string, name: string): Promise<unknown> {
    const interfaceOfAll = 'org.freedesktop.DBus.Properties'
    const call = {
      destination: SYSTEMD,
      path,
      interface: interfaceOfAll,
      member: 'Get',
      signature: 'ss',
      body: [interfaceName, name],
    }
    const [value] = await this.send(encodeCall(call))
    return valueOfVariant(value)
  }

  close(): void {
    this.#connection.close()
    this.#end()
  }

  /**
   * Sends an encoded call; gives the body of the reply. Errors: {@link BusError} for an error
   * reply.
   */
  send(call: Buffer): Promise<readonly unknown[]> {
    if (this.#state === 'closed') return Promise.reject(new Error('connection closed'))
    const serial = (this.#serial += 1)
    setSerial(call, serial)
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#pending.delete(serial)
        reject(new Error(`no answer within ${ANSWER_MS / 1000} s`))
      }, ANSWER_MS)
      this.#pending.set(serial, { resolve, reject, timer })
      this.#connection.write(call)
    })
  }

  /**
   * Receives complete messages; before the first message, the reply to the authentication. An empty
   * piece means that the connection is closed.
   */
  #onData(piece: Buffer): void {
    if (piece.length === 0) this.#end()
    else this.#readMessages(this.#state === 'greeting' ? this.#readGreeting(piece) : piece)
  }

  /** Reads the reply to the authentication; gives the bytes that follow it. */
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
    const pending = this.#pending.get(replySerial)
    if (pending === undefined || (type !== METHOD_RETURN && type !== ERROR)) return
    this.#pending.delete(replySerial)
    clearTimeout(pending.timer)
    const body = message.body()
    if (type === METHOD_RETURN) pending.resolve(body)
    else pending.reject(new BusError(errorName, typeof body[0] === 'string' ? body[0] : errorName))
  }

  #end(): void {
    this.#state = 'closed'
    const error = new Error('connection closed')
    this.#greeting.reject(error)
    for (const { reject, timer } of this.#pending.values()) {
      clearTimeout(timer)
      reject(error)
    }
    this.#pending.clear()
    this.#closed.resolve(undefined)
  }
}
