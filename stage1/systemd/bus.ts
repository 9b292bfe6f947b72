import { once } from 'node:events'
import { watch } from 'node:fs'
import { createConnection, type Socket } from 'node:net'
import { dirname } from 'node:path'
import { RuntimeError } from '#schema/errors.js'
import { decodeMessage, encodeCall, ERROR, METHOD_RETURN, plain, SIGNAL, type Call, type Received } from './message.js'

/** PID 1's own socket for root: no bus daemon in between, which may be absent, slow, or restarted. */
const PRIVATE_SOCKET = '/run/systemd/private'
const SYSTEM_BUS = '/run/dbus/system_bus_socket'

const BUS_DAEMON = {
  destination: 'org.freedesktop.DBus',
  path: '/org/freedesktop/DBus',
  interface: 'org.freedesktop.DBus',
}
const SYSTEMD = 'org.freedesktop.systemd1'
const MANAGER = { destination: SYSTEMD, path: '/org/freedesktop/systemd1', interface: `${SYSTEMD}.Manager` }

/** PID 1 answers at once; one that does not for so long is not going to. */
const ANSWER_MS = 60_000

/** What systemd tells without being asked. */
export type Signal = Pick<Received, 'path' | 'member' | 'body' | 'textOf'>

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

/** A connection to systemd. While it is open it keeps the process alive. */
export class Bus {
  /** Called with every signal of systemd. */
  onSignal: (signal: Signal) => void = () => undefined
  /** Settles when systemd (or the bus daemon) has closed the connection, as it does when it executes itself anew. */
  readonly closed: Promise<void>
  readonly #socket: Socket
  readonly #waiting = new Map<number, Waiting>()
  #unread: Buffer
  #serial = 0

  private constructor(socket: Socket, unread: Buffer) {
    this.#socket = socket
    this.#unread = unread
    socket.on('data', (piece: Buffer) => {
      this.#unread = this.#unread.length === 0 ? piece : Buffer.concat([this.#unread, piece])
      this.#readMessages()
    })
    // What went wrong is of no interest: the connection is gone.
    socket.on('error', () => undefined)
    this.closed = new Promise((resolve) => {
      socket.once('close', () => {
        this.#abandon(new Error('connection closed'))
        resolve()
      })
    })
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
        bus.#send({ ...BUS_DAEMON, member: 'Hello' }),
        bus.#send({ ...BUS_DAEMON, member: 'AddMatch', signature: 's', body: [`type='signal',sender='${SYSTEMD}'`] }),
        bus.call('Subscribe', '', []),
      ])
      return bus
    } catch (cause) {
      throw noAnswer(cause)
    }
  }

  /** Authenticates by the socket's credentials (D-Bus Specification, EXTERNAL), without waiting between the lines. */
  static #connect(path: string): Promise<Bus> {
    return new Promise((resolve, reject) => {
      const socket = createConnection(path)
      const uid = Buffer.from(String(process.getuid?.() ?? 0)).toString('hex')
      socket.write(`\0AUTH EXTERNAL ${uid}\r\nBEGIN\r\n`)
      let greeting = Buffer.alloc(0)
      const listen = (piece: Buffer) => {
        greeting = Buffer.concat([greeting, piece])
        const end = greeting.indexOf('\r\n')
        if (end === -1) return
        socket.off('data', listen)
        socket.off('error', reject)
        if (greeting.toString('latin1', 0, 3) === 'OK ') {
          resolve(new Bus(socket, greeting.subarray(end + 2)))
        } else {
          socket.destroy()
          reject(new Error(greeting.toString('latin1', 0, end)))
        }
      }
      socket.on('data', listen)
      socket.on('error', reject)
      socket.once('end', () => reject(new Error('hung up')))
    })
  }

  /** Calls a method of systemd's Manager; gives the answer's body. Throws {@link BusError} for an error answered. */
  call(member: string, signature: string, body: readonly unknown[]): Promise<readonly unknown[]> {
    return this.#send({ ...MANAGER, member, signature, body })
  }

  /** A property of one of systemd's objects. */
  async property(path: string, of: string, name: string): Promise<unknown> {
    const [value] = await this.#send({
      destination: SYSTEMD,
      path,
      interface: 'org.freedesktop.DBus.Properties',
      member: 'Get',
      signature: 'ss',
      body: [of, name],
    })
    return plain(value)
  }

  close(): void {
    this.#socket.destroy()
  }

  #send(call: Call): Promise<readonly unknown[]> {
    if (this.#socket.destroyed) return Promise.reject(new Error('connection closed'))
    const serial = (this.#serial += 1)
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(serial)
        reject(new Error(`no answer to ${call.member} within ${ANSWER_MS / 1000} s`))
      }, ANSWER_MS)
      this.#waiting.set(serial, { resolve, reject, timer })
      this.#socket.write(encodeCall(serial, call))
    })
  }

  #readMessages(): void {
    for (;;) {
      const next = decodeMessage(this.#unread)
      if (next === null) return
      this.#unread = this.#unread.subarray(next.length)
      this.#receive(next.message)
    }
  }

  #receive(message: Received): void {
    const { type, replySerial, errorName } = message
    if (type === SIGNAL) this.onSignal(message)
    const waiting = this.#waiting.get(replySerial)
    if (waiting === undefined || (type !== METHOD_RETURN && type !== ERROR)) return
    this.#waiting.delete(replySerial)
    clearTimeout(waiting.timer)
    const body = message.body()
    if (type === METHOD_RETURN) waiting.resolve(body)
    else waiting.reject(new BusError(errorName, typeof body[0] === 'string' ? body[0] : errorName))
  }

  #abandon(error: Error): void {
    for (const { reject, timer } of this.#waiting.values()) {
      clearTimeout(timer)
      reject(error)
    }
    this.#waiting.clear()
  }
}
