const PREFIX = '/org/freedesktop/systemd1/unit/'

/**
 * The object path of a unit: every byte that is not a letter or digit becomes `_` and two hex
 * digits, also a digit at the beginning (sd_bus_path_encode(3)).
 */
export const unitPath = (unit: string): string =>
  PREFIX +
  Array.from(Buffer.from(unit), (byte, index) => {
    const character = String.fromCharCode(byte)
    const clean = /[A-Za-z]/.test(character) || (index > 0 && /[0-9]/.test(character))
    return clean ? character : `_${byte.toString(16).padStart(2, '0')}`
  }).join('')
