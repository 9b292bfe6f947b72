import {
  TEMPLATE,
  KEYS,
  page,
  image,
  keys,
  status,
  type Case,
  WORKER,
  STORED,
  NOT_FOUND,
  pageOf,
  none,
  plain,
  refused,
  escape,
} from './case.js'

/** Cases for the rules D1 to D6. */
export const RULES: readonly Case[] = [
  {
    title: "SPEC D1: the specification's example: image, signature, keys",
    pages: { '/reduce-worker': page(image('example.com'), keys('example.com')) },
    finds: [STORED],
    signatures: [`${STORED}.asc`],
    keys: [KEYS],
    failures: [],
    asked: ['/reduce-worker?ac-discovery=1'],
  },
  {
    title: 'SPEC D1: the bare domain is a name, too',
    name: 'example.com',
    pages: { '/': page(image('example.com', 'https://example.com/images/{version}.{ext}')) },
    finds: ['https://example.com/images/1.0.0.aci'],
    asked: ['/?ac-discovery=1'],
  },
  {
    title: 'SPEC D1: several keys, in the order of the page',
    pages: plain(`${keys('example.com')}${keys(WORKER, 'https://example.com/two.gpg')}`),
    finds: [],
    keys: [KEYS, 'https://example.com/two.gpg'],
  },
  {
    title: 'SPEC D1: tags and attributes in capitals, unquoted, in any order',
    pages: plain(`<META CONTENT='example.com\n\t${TEMPLATE} ' data-x=1 NAME=AC-Discovery />`),
    finds: [STORED],
  },
  {
    title: 'SPEC D1: entities in attributes are decoded',
    pages: plain(image('example&#46;com', 'https://example.com/get?a=1&amp;name={name}&amp;file=x.{ext}')),
    finds: [`https://example.com/get?a=1&name=${WORKER}&file=x.aci`],
  },
  {
    title: 'SPEC D1: tags in comments, scripts, texts and other elements are none',
    pages: plain(
      `<!-- ${image('example.com')} --><script>"${image('example.com')}"</script><textarea>${image('example.com')}` +
        `</textarea><style>${image('example.com')}</style><link ${image('example.com').slice(6)}` +
        `<metadata ${image('example.com').slice(6)}<p title='${image('example.com')}'>`,
    ),
    error: /no ac-discovery tag for example\.com\/reduce-worker/,
  },
  {
    title: 'SPEC D1: an attribute given twice counts as it came first',
    pages: plain(
      `<meta name="ac-discovery" content="example.com ${TEMPLATE}" content="example.com https://evil.example/{ext}">`,
    ),
    finds: [STORED],
  },
  {
    title: 'SPEC D1: names of other tags that begin alike are not ours',
    pages: plain(`<meta name="ac-discovery-foo" content="example.com ${TEMPLATE}">${image('example.com')}`),
    finds: [STORED],
    failures: [],
  },
  {
    title: 'SPEC D2: a tag for somebody else does not count',
    pages: plain(image('example.net') + image('example.com/reduce')),
    error: new RegExp(escape(none('/reduce-worker'))),
  },
  {
    title: 'SPEC D2: a prefix is of whole path elements',
    pages: plain(image('example.com/reduce') + image('example.co') + image('example.com/reduce-worker')),
    finds: [STORED],
  },
  {
    title: 'SPEC D2: a prefix may end with a slash',
    pages: plain(image('example.com/')),
    finds: [STORED],
  },
  {
    title: 'SPEC D2: a prefix longer than the name does not match',
    pages: plain(image('example.com/reduce-worker/more')),
    error: /no ac-discovery tag/,
  },
  {
    title: 'SPEC D2: keys for another prefix are not taken',
    pages: plain(image('example.com') + keys('example.com/other')),
    finds: [STORED],
    keys: [],
  },
  {
    title: 'SPEC D3: any label is a variable; its value is percent-encoded',
    pages: plain(image('example.com', 'https://example.com/{channel}/{name}.{ext}?v={version}')),
    labels: { channel: 'β/1 & more', version: "1.0+git!'()*" },
    finds: [`https://example.com/%CE%B2%2F1%20%26%20more/${WORKER}.aci?v=1.0%2Bgit%21%27%28%29%2A`],
  },
  {
    title: 'SPEC D3: a variable may stand twice, and a label called ext or name is no variable',
    pages: plain(image('example.com', 'https://example.com/{version}/{name}-{version}.{ext}')),
    labels: { name: 'evil', ext: 'evil' },
    finds: [`https://example.com/1.0.0/${WORKER}-1.0.0.aci`],
  },
  refused(
    'SPEC D3: an unknown variable: the template is skipped',
    'https://example.com/{name}-{foo}.{ext}',
    'unknown variable {foo}',
  ),
  refused(
    'SPEC D3: operators of higher levels are unknown',
    'https://example.com/{+name}.{ext}',
    'unknown variable {+name}',
  ),
  refused('SPEC D3: braces that do not match', 'https://example.com/{name}.{ext', 'it lacks {ext}'),
  refused('SPEC D3: a brace too many', 'https://example.com/}{name}.{ext}', 'its braces do not match'),
  refused(
    'SPEC D3: a template without {ext} cannot tell image from signature',
    'https://example.com/{name}.aci',
    'it lacks {ext}',
  ),
  {
    title: 'SPEC D4: 404: the parent is asked, up to the bare domain',
    name: 'example.com/project/subproject',
    pages: { '/': page(image('example.com')) },
    finds: ['https://storage.example.com/linux/amd64/example.com/project/subproject-1.0.0.aci'],
    failures: [
      `example.com/project/subproject: ${pageOf('/project/subproject')}: ${NOT_FOUND}`,
      `example.com/project: ${pageOf('/project')}: ${NOT_FOUND}`,
    ],
    asked: ['/project/subproject?ac-discovery=1', '/project?ac-discovery=1', '/?ac-discovery=1'],
  },
  {
    title: 'SPEC D4: a page without tags: the parent is asked',
    pages: { '/reduce-worker': page('<meta charset="utf-8">'), '/': page(image('example.com')) },
    finds: [STORED],
    failures: [`example.com/reduce-worker: ${none('/reduce-worker')}`],
  },
  {
    title: 'SPEC D4: a nearer page counts, the parents are not asked',
    pages: {
      '/reduce-worker': page(image('example.com', 'https://near.example/{name}.{ext}')),
      '/': page(image('example.com')),
    },
    finds: [`https://near.example/${WORKER}.aci`],
    asked: ['/reduce-worker?ac-discovery=1'],
  },
  {
    title: 'SPEC D4: a refused template: the parent is asked',
    pages: { '/reduce-worker': page(image('example.com', 'hdfs://x/{name}.{ext}')), '/': page(image('example.com')) },
    finds: [STORED],
    failures: [`example.com/reduce-worker: template hdfs://x/{name}.{ext}: hdfs: is not supported, it must be https:`],
  },
  {
    title: 'SPEC D4: 403, with tags in its page: what an error page says does not count',
    pages: { '/reduce-worker': status(403) },
    error: /access is denied \(status 403\); .*not found \(status 404\)$/,
  },
  {
    title: 'SPEC D4: 500: the parent is asked',
    pages: { '/reduce-worker': status(500), '/': page(image('example.com')) },
    finds: [STORED],
    failures: [`example.com/reduce-worker: ${pageOf('/reduce-worker')}: the server failed (status 500)`],
  },
  {
    title: 'SPEC D4: nothing anywhere: every answer is told',
    name: 'example.com/a/b',
    pages: {},
    error: new RegExp(
      `^example\\.com/a/b: discovery found nothing: ${['/a/b', '/a', '/'].map((path) => escape(`${pageOf(path)}: ${NOT_FOUND}`)).join('; ')}$`,
    ),
  },
  {
    title: 'SPEC D4: keys alone are found, and why there is no image is told',
    pages: { '/': page(keys('example.com')) },
    finds: [],
    keys: [KEYS],
    failures: [`example.com/reduce-worker: ${pageOf('/reduce-worker')}: ${NOT_FOUND}`],
  },
  {
    title: 'SPEC D5: redirects are followed, the prefix stays',
    pages: {
      '/reduce-worker': status(302, { location: '/elsewhere?ac-discovery=1' }),
      '/elsewhere': page(image('example.com')),
    },
    finds: [STORED],
    asked: ['/reduce-worker?ac-discovery=1', '/elsewhere?ac-discovery=1'],
  },
  {
    title: 'SPEC D5: redirects to another host are followed',
    pages: {
      '/reduce-worker': status(307, { location: 'https://other.example.net:PORT/elsewhere' }),
      '/elsewhere': page(image('example.com')),
    },
    finds: [STORED],
  },
  {
    title: 'SPEC D5: redirects in a circle end, and the parent is asked',
    pages: {
      '/reduce-worker': status(301, { location: '/reduce-worker?ac-discovery=1' }),
      '/': page(image('example.com')),
    },
    finds: [STORED],
    failures: [/^example\.com\/reduce-worker: https:\/\/example\.com\/reduce-worker\?…: redirects in a circle/],
  },
  {
    title: 'SPEC D6: several templates: all that can be used, in their order',
    pages: plain(
      image('example.com', 'https://one.example/{name}.{ext}') +
        image('example.com', 'hdfs://two.example/{name}.{ext}') +
        image('example.net', 'https://three.example/{name}.{ext}') +
        image(WORKER, 'https://four.example/{name}.{ext}'),
    ),
    finds: [`https://one.example/${WORKER}.aci`, `https://four.example/${WORKER}.aci`],
    signatures: [`https://one.example/${WORKER}.aci.asc`, `https://four.example/${WORKER}.aci.asc`],
    failures: [
      'example.com/reduce-worker: template hdfs://two.example/{name}.{ext}: hdfs: is not supported, it must be https:',
    ],
  },
]
