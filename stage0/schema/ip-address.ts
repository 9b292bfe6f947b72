/**
 * Whether the text is an address of IPv4 (RFC 6943: four decimal numbers) or IPv6, without a zone.
 */
export const isIPAddress = (text: string): boolean => isIPv4(text) || isIPv6(text)

const isIPv4 = (text: string): boolean =>
  /^\d{1,3}(\.\d{1,3}){3}$/.test(text) &&
  text.split('.').every((part) => /^(0|[1-9]\d*)$/.test(part) && Number(part) < 256)

const isIPv6 = (text: string): boolean =>
  /^[0-9a-f:.]+$/i.test(text) && text.includes(':') && URL.canParse(`http://[${text}]/`)
