/** A kept difference from the public actool 0.8.11. */
export interface Difference {
  /**
   * The deciding rule of the specification's checklist; `limit`: one of our limits; `JSON`: left
   * open by JSON.
   */
  readonly rule: string
  readonly verdict: 'we refuse' | 'we accept'
  readonly why: string
  /** The cases, by name. */
  readonly cases: RegExp
}

const refuse = (rule: string, why: string, cases: RegExp): Difference => ({ rule, verdict: 'we refuse', why, cases })
const accept = (rule: string, why: string, cases: RegExp): Difference => ({ rule, verdict: 'we accept', why, cases })

/**
 * All differences in verdicts on manifests. Go's decoder reads a missing field or null as an empty
 * value.
 */
export const DIFFERENCES: readonly Difference[] = [
  refuse('T1', 'two separators in a row, but for the example with /~, do not match', /= "(a--b|a\._b)"$/),
  refuse('T4', 'SemVer 2.0.0 has no leading zeros and no empty parts', /acVersion = "0\.(08\.11|8\.11[-+])"$/),
  refuse('T4', 'the version of a pod manifest is required, too', /^pod acVersion removed$/),
  refuse('T4', 'another major version promises no compatibility', /acVersion = "1\.0\.0"$/),
  refuse('T5', 'the digest is 128 lower-case hex digits', /(imageID|image\.id) = "(sha512-|text$)/),
  refuse(
    'T6',
    'an isolator has a name',
    /^pod isolators(\.0)? = (null|\[?\{\}\]?|\[\{"value":\{\}\}\])$|^pod isolators\.0\.name removed$/,
  ),
  refuse('T6', 'an isolator has a value', /^pod isolators = \[\{"name":"example\.com\/unknown","value":null\}\]$/),
  accept('T8', 'K is a metric suffix', /"limit":"1K"/),
  refuse('T8', 'a quantity is no negative number', /"limit":("-5"|"-1G"|-1)\}/),
  refuse('T8', 'a quantity has digits', /"limit":"G"\}/),
  refuse('T8', 'nano and micro are no suffixes', /"limit":"1[nu]"\}/),
  refuse('T8', 'more than 2^63-1 units are refused, where actool takes the largest it can hold', /"limit":"8Ei"\}/),
  refuse(
    'M2',
    'a label has a name and a value',
    /labels(\.\d)? = (null|\{\}|\[\{\}\]|\[null\]|\[\{"(name|value)":"\w+"\}\])$/,
  ),
  refuse('M2', 'a label has a name and a value', /labels\.\d\.(name|value) (removed|= null)$/),
  refuse('M4', 'a null is no word', /exec\.\d = null$/),
  refuse('M4', 'no program can be given a NUL', /(workingDirectory|user|group) = "\/?a\\u0000b?"$/),
  refuse(
    'M6',
    'group IDs are unsigned, and the kernel reserves the last one',
    /supplementaryGIDs\.\d = (4294967295|4294967296|-1|null)$/,
  ),
  refuse('M7', 'an event handler has something to execute', /eventHandlers\.\d\.exec (removed|= null|= \[\])$/),
  refuse(
    'M7',
    'an event handler has something to execute',
    /^a handler without exec$|eventHandlers\.0\.exec\.0 removed$/,
  ),
  refuse('M9', 'a variable has a value', /environment\.0\.value (removed|= null)$/),
  refuse(
    'M10',
    'a mount point has a name and a path',
    /mountPoints\.0 = (null|\{\})$|mountPoints\.0\.(name|path) (removed|= null)$/,
  ),
  refuse('M10', 'a mount point has an absolute path inside the root', /mountPoints\.0\.path = "/),
  refuse('M11', 'a port has a name and a protocol', /(ports\.\d|podPort)\.(name|protocol) (removed|= null)$/),
  refuse('M11', 'count is at least 1', /ports\.1\.count = 0$/),
  refuse('M13', 'values are strings', /(userAnnotations|userLabels)\..* = null$/),
  refuse('M15', 'the whitelist holds absolute paths', /pathWhitelist\.\d = /),
  refuse(
    'M16',
    'an annotation has a name and a value',
    /annotations\.\d (= null|= \{\})$|annotations\.\d\.(name|value) (removed|= null)$/i,
  ),
  refuse('T7', 'RFC 3339 has two digits for the hour', /annotations\.1\.value = "2015-05-18T1:49:28Z"$/),
  refuse('M16', 'a web address has a host', /annotations\.[23]\.value = "https?:\/(\/|example\.com)"$/),
  refuse('P2', 'a pod manifest has apps', /^pod apps (removed|= null)$|^image acKind = "PodManifest"$/),
  refuse('P2', 'an app of a pod has a name and an image with an ID', /^pod apps\.\d (= null|= \{\})$/),
  refuse(
    'P2',
    'an app of a pod has a name and an image with an ID',
    /^pod apps\.\d\.(name|image|image\.id) (removed|= null|= \{\})$/,
  ),
  refuse(
    'P5',
    'a mount has a volume and an absolute path',
    /mounts\.0 = (null|\{\})$|mounts\.0\.(volume|path) (removed|= null)$|mounts\.0\.path = "/,
  ),
  refuse(
    'P6',
    'the mode of an empty volume is octal, its owner a number the kernel knows',
    /("mode":|appVolume\.mode = )"|"uid":-1/,
  ),
  refuse('P8', 'a port has one name in an app', /^two ports of one name$|app\.ports\.0\.name = "ftp-data"$/),
  refuse('P8', 'an exposed port belongs to one app', /^an exposed port of two apps$|^pod apps = \[\]$/),
  refuse(
    'P8',
    'an exposed port has a name and a port number',
    /^pod ports\.\d (= null|= \{\})$|^pod ports\.\d\.(name|hostPort) (removed|= null)$/,
  ),
  refuse('P8', 'a host port is from 1 to 65535', /hostPort = (0|65536|7\d{5,})$/),
  refuse('P8', 'a host address is a dotted quad', /hostIP = "(::1|)"$/),
  accept(
    'I5',
    'actool 0.8.11 does not know apparmor-profile yet',
    /^image app\.isolators = \[\{"name":"os\/linux\/apparmor-profile"/,
  ),
  refuse(
    'I5',
    'actool 0.8.11 does not know apparmor-profile yet',
    /^pod isolators = \[\{"name":"os\/linux\/apparmor-profile"/,
  ),
  refuse('I6', 'the two capability sets exclude each other', /capabilities-remove-set.*capabilities-retain-set/),
  refuse(
    'I3',
    'a list of isolators fits together in a pod, too',
    /^pod isolators = \[\{"name":"(os\/linux\/(seccomp|oom)|os\/unix\/sysctl).*\},\{/,
  ),
  refuse('I1', 'a null is no name', /\.value\.set\.0 = null$|"set":\[null\]/),
  accept(
    'I14',
    'unknown isolators are ignored',
    /app\.isolators(\.\d\.name)? = ("[a-z0-9]|\[\{"name":"example\.com\/unknown")/,
  ),
  accept('JSON', 'of a field written twice the last one counts; actool looks at each', /^a bad name, then a good one$/),
  refuse('limit', 'nesting ends at 1000 levels', /^nesting of 5000 levels$/),
]

/** actool's messages that differ from ours, if both refuse. */
export const WORDS: readonly { readonly why: string; readonly actool?: RegExp; readonly cases?: RegExp }[] = [
  { why: "Go's own words for JSON of the wrong kind", actool: /json: cannot unmarshal/ },
  { why: "Go's own words for text that is no JSON", actool: /: (invalid character|unexpected end of JSON input)/ },
  { why: "Go's own words for times; ours begin alike", actool: /: bad Date: parsing time/ },
  { why: "Go's own words for URLs", actool: /: bad URL: parse/ },
  { why: 'actool panics', actool: /^panic: / },
  { why: 'actool 0.8.11 refuses what it does not know before it looks at the value', actool: /: invalid isolator$/ },
  { why: 'a null is missing for us, an empty value for Go', cases: / = null$|\[null\]$/ },
  { why: 'an empty port has no port number for actool, no name for us', cases: /(ports\.\d|podPort) = \{\}$/ },
  {
    why: 'a missing value is missing for us, empty for Go',
    cases: /labels\.\d\.value removed$|annotations\.\d\.value removed$/,
  },
  { why: 'the count itself is out of range', cases: /count = 65536$/ },
]
