import { RuntimeError } from '#schema/errors.js'
import { nearest } from './nearest.js'

/** Options that users of other programs type, by command, and the hint for each. */
const HABITS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  enter: {
    it: 'appc enter POD COMMAND uses the terminal as it is',
    i: 'appc enter POD COMMAND uses the terminal as it is',
    t: 'appc enter POD COMMAND uses the terminal as it is',
    interactive: 'appc enter POD COMMAND uses the terminal as it is',
    tty: 'appc enter POD COMMAND uses the terminal as it is',
  },
  list: { a: 'appc list lists all pods', all: 'appc list lists all pods' },
  run: {
    p: 'appc run --net=host IMAGE: its ports are those of the host',
    publish: 'appc run --net=host IMAGE: its ports are those of the host',
    port: 'appc run --net=host IMAGE: its ports are those of the host',
    rm: 'appc gc removes pods that have exited',
    tty: 'did you mean --interactive?',
    env: 'did you mean --environment?',
    workdir: 'did you mean --working-dir?',
    'read-only': 'did you mean --readonly-rootfs?',
    entrypoint: 'did you mean --exec?',
    network: 'did you mean --net?',
    pull: 'did you mean --pull-policy?',
    'cap-add': 'did you mean --caps-retain?',
    'cap-drop': 'did you mean --caps-remove?',
    'env-file': 'did you mean --set-env-file?',
    pids: 'did you mean --tasks-max?',
    'pids-limit': 'did you mean --tasks-max?',
  },
}

/**
 * The error of an unknown option of a command. `typed` is the option before any `=`, `names` are
 * the known options; `defaultHint` is the hint if no option is similar.
 */
export function unknownOption(
  command: string,
  typed: string,
  names: readonly string[],
  defaultHint = `appc ${command} --help`,
): RuntimeError {
  const name = typed.replace(/^-+/, '')
  const habits = HABITS[command] ?? {}
  const habit = Object.hasOwn(habits, name) ? habits[name] : undefined
  const match = name.length < 2 ? null : nearest(name, names)
  return new RuntimeError('USAGE', `${typed}: appc ${command} has no such option`, {
    hint: habit ?? (match === null ? defaultHint : `did you mean --${match}?`),
  })
}
