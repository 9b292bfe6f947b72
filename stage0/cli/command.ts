import type { Argv } from 'yargs'
import type { Config } from '../config/config.js'
import type { ConfigDirs } from '../config/config-dirs.js'
import type { InsecureOptions } from '../config/insecure-options.js'
import type { ShortOptions } from './short-options.js'

/** What every command knows beside its own options. */
export interface Context {
  /** The data directory (`--dir`, else what paths.d says, else the usual one), absolute. */
  readonly dataDir: string
  /** Where the configuration lies. */
  readonly configDirs: ConfigDirs
  /** Reads the configuration, once, when it is first asked for. Errors: CONFIG_INVALID. */
  readonly config: () => Promise<Config>
  /** Checks that `--insecure-options` switches off. */
  readonly insecure: InsecureOptions
  /** `--trust-keys-from-https`. */
  readonly trustKeysFromHTTPS: boolean
  readonly debug: boolean
  /** One line on stderr for the operator, after `warning: `. */
  readonly warn: (message: string) => void
  /** The story of what is done, on stderr under `--debug` only; a no-op otherwise. */
  readonly log: (message: string, fields?: Readonly<Record<string, unknown>>) => void
}

/** What a command gives back. Only main.ts prints it: `value` as JSON under `--format=json`, else `lines`. */
export interface Outcome {
  readonly value?: unknown
  /** The answer: lines on stdout. */
  readonly lines?: readonly string[]
  /** Bytes for stdout as they are, instead of lines. */
  readonly bytes?: Uint8Array
  /** Lines on stderr as they are, for commands whose words are fixed by another tool. */
  readonly notes?: readonly string[]
  /** Exit status; 0 when absent. */
  readonly exit?: number
  /** Failures of some of several targets: printed like errors, after the lines; the exit status is the first one's. */
  readonly failures?: readonly unknown[]
}

/** One command of the CLI: a file of its own in cli/commands/ exporting it as `command`, a row in commands.ts. */
export interface Command<Options = Record<string, unknown>> {
  /** yargs' form: `rm <pod..>`. */
  readonly usage: string
  readonly describe: string
  /** Has a machine-readable form (adds `--format`). */
  readonly listing?: boolean
  /** Long options may have one dash only (`-type=manifest`), as in actool. */
  readonly singleDash?: boolean
  /** Options whose value may only stand after `=`; alone (`--wait`) they are the empty string. */
  readonly attached?: readonly string[]
  /** Options that may be given several times: their value is a list. Of any other the last one counts. */
  readonly repeatable?: readonly string[]
  /** Letters that stand for options. */
  readonly shorts?: ShortOptions
  /** Works for anybody; the others need root. */
  readonly unprivileged?: boolean
  readonly configure: (parser: Argv) => Argv<Options>
  readonly run: (options: Options, context: Context) => Promise<Outcome> | Outcome
}

/** A command whose words yargs cannot read (rkt's `run` grammar): it gets the words after its name as they are. */
export interface RawCommand {
  readonly usage: string
  readonly describe: string
  readonly help: () => string
  readonly unprivileged?: boolean
  /** Global options that lead `words` are already taken off (see globals.ts). */
  readonly runRaw: (words: readonly string[], context: Context) => Promise<Outcome>
}

/** One row of the table of commands (commands.ts). */
export interface Row {
  /** The words after the name, for the list of commands. */
  readonly synopsis: string
  readonly describe: string
  /** Imports the command's file, whose export `command` is a Command or a RawCommand. */
  readonly load: () => Promise<{ readonly command: unknown }>
}
