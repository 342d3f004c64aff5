import Bowser from 'bowser';
import { isbot } from 'isbot';
import { LRUCache } from 'lru-cache';

/** What a `User-Agent` tells. */
export interface UserAgent {
  readonly isBot: boolean;
  /** `$browser`, `$browser_version`, `$os` and `$device`, as far as they are known. */
  readonly properties: Readonly<Record<string, string>>;
}

/** No browser has a longer one. */
const MAX_CHARACTERS = 512;
const REMEMBERED = 5_000;
const DEVICES: Readonly<Record<string, string>> = { desktop: 'desktop', mobile: 'phone', tablet: 'tablet' };

const known = new LRUCache<string, UserAgent>({ max: REMEMBERED });

/** What a `User-Agent` tells, by kept lists of browsers and bots (decisions/0074-user-agents-and-bots.md). */
export function userAgentOf(header: string | undefined): UserAgent {
  const text = (header ?? '').slice(0, MAX_CHARACTERS);
  const found = known.get(text) ?? parsed(text);
  known.set(text, found);
  return found;
}

function parsed(text: string): UserAgent {
  if (text === '') return { isBot: false, properties: {} };
  const { browser, os, platform } = Bowser.parse(text);
  if (isbot(text) || platform.type === 'bot') return { isBot: true, properties: { $device: 'bot' } };
  const device = DEVICES[platform.type ?? ''];
  const version = browser.version?.split('.', 1)[0] ?? '';
  return {
    isBot: false,
    properties: {
      ...(isNamed(browser.name) && { $browser: browser.name }),
      ...(isNamed(browser.name) && version !== '' && { $browser_version: version }),
      ...(isNamed(os.name) && { $os: os.name }),
      ...(device !== undefined && { $device: device }),
    },
  };
}

function isNamed(name: string | undefined): name is string {
  return name !== undefined && name !== '';
}
