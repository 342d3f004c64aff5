/** Where visitors come from: what `$source` and `$medium` are called. */
export interface SourceName {
  readonly source: string;
  readonly medium: string;
}

/** Parameters by which the systems of advertisers name a click. Their values are of one person, and are kept nowhere. */
export const CLICK_IDS: Readonly<Record<string, SourceName>> = {
  gclid: { source: 'google', medium: 'cpc' },
  gbraid: { source: 'google', medium: 'cpc' },
  wbraid: { source: 'google', medium: 'cpc' },
  dclid: { source: 'google', medium: 'display' },
  msclkid: { source: 'bing', medium: 'cpc' },
  yclid: { source: 'yandex', medium: 'cpc' },
  fbclid: { source: 'facebook', medium: 'social' },
  igshid: { source: 'instagram', medium: 'social' },
  twclid: { source: 'twitter', medium: 'social' },
  ttclid: { source: 'tiktok', medium: 'social' },
  li_fat_id: { source: 'linkedin', medium: 'social' },
  rdt_cid: { source: 'reddit', medium: 'social' },
  epik: { source: 'pinterest', medium: 'social' },
  ScCid: { source: 'snapchat', medium: 'social' },
  mc_cid: { source: 'mailchimp', medium: 'email' },
};

const named = (medium: string, hosts: Readonly<Record<string, readonly string[]>>): [string, SourceName][] =>
  Object.entries(hosts).flatMap(([source, names]) =>
    names.map((name): [string, SourceName] => [name, { source, medium }]),
  );

/**
 * By the name of the referrer's host or of a domain above it. `google.*` stands for the name below any registry, as
 * `google.de` and `google.co.uk`. The longest name that fits counts.
 */
export const SOURCES_BY_HOST: ReadonlyMap<string, SourceName> = new Map([
  ...named('organic', {
    google: ['google.*'],
    bing: ['bing.com'],
    duckduckgo: ['duckduckgo.com'],
    yahoo: ['search.yahoo.com', 'yahoo.*'],
    yandex: ['yandex.*', 'ya.ru'],
    baidu: ['baidu.com'],
    ecosia: ['ecosia.org'],
    startpage: ['startpage.com'],
    qwant: ['qwant.com'],
    brave: ['search.brave.com'],
    kagi: ['kagi.com'],
    naver: ['naver.com'],
    seznam: ['seznam.cz'],
    aol: ['search.aol.com'],
    ask: ['ask.com'],
    mojeek: ['mojeek.com'],
    sogou: ['sogou.com'],
  }),
  ...named('social', {
    facebook: ['facebook.com', 'fb.com', 'fb.me', 'messenger.com'],
    instagram: ['instagram.com'],
    threads: ['threads.net', 'threads.com'],
    twitter: ['twitter.com', 'x.com', 't.co'],
    linkedin: ['linkedin.com', 'lnkd.in'],
    reddit: ['reddit.com', 'redd.it'],
    pinterest: ['pinterest.*', 'pin.it'],
    youtube: ['youtube.com', 'youtu.be'],
    tiktok: ['tiktok.com'],
    bluesky: ['bsky.app'],
    mastodon: ['mastodon.social', 'mastodon.online'],
    vk: ['vk.com', 'vk.ru'],
    telegram: ['t.me', 'telegram.org'],
    whatsapp: ['whatsapp.com', 'wa.me'],
    xing: ['xing.com'],
    snapchat: ['snapchat.com'],
    tumblr: ['tumblr.com'],
    discord: ['discord.com'],
    quora: ['quora.com'],
    'hacker news': ['news.ycombinator.com'],
  }),
  ...named('email', {
    gmail: ['mail.google.com'],
    outlook: ['outlook.live.com', 'outlook.office.com', 'outlook.office365.com'],
    'yahoo mail': ['mail.yahoo.com'],
    gmx: ['gmx.net', 'gmx.com'],
    'proton mail': ['mail.proton.me'],
  }),
  ...named('assistant', {
    chatgpt: ['chatgpt.com', 'chat.openai.com'],
    perplexity: ['perplexity.ai'],
    gemini: ['gemini.google.com'],
    copilot: ['copilot.microsoft.com'],
    claude: ['claude.ai'],
    deepseek: ['chat.deepseek.com'],
    mistral: ['chat.mistral.ai'],
  }),
]);

/** Names under registries that take them at the second level, as in `google.co.uk`. */
export const SECOND_LEVEL: ReadonlySet<string> = new Set(['co', 'com', 'org', 'net', 'ne', 'or']);
