import type { TrackerOptions } from './options.js';
import { cleanUrl, routeOf, type KeepParameter } from './urls.js';

/** Frameworks write the title of a page some frames after its address. */
const TITLE_MS = 100;

/** Has an event queued; `time` in ms since 1970, now by default. */
export type Emit = (event: string, properties: object, time?: number) => void;

/** Does some work at once, or as soon as a page that is prerendered is shown. */
export type WhenShown = (work: () => unknown) => void;

/** The pages of a tab, one after the other. */
export interface Pages {
  /** Counts a page that begins now; the one before is left. */
  page(properties?: object): void;
  /** The user asks for the next page: the one before is left, and its time begins. */
  trackPageStart(): void;
  /** The page that was asked for is there. */
  trackPageEnd(): void;
  /** What every event says of its page. */
  place(): object;
}

/** Counts pages by `$page` when they are shown and `$leave` when they are left for good, and tells when the tab is hidden. */
export function watchPages(
  options: TrackerOptions,
  keep: KeepParameter,
  emit: Emit,
  onHide: (isGone: boolean) => void,
): Pages {
  const kind = options.pages ?? 'auto';
  const isHash = kind === 'hash';
  let referrer = document.referrer;
  let beganAt = 0;
  /** When the user has asked for the page that is not there yet. */
  let askedAt = 0;
  let visibleSince = 0;
  let visibleMs = 0;
  let deepest = 0;
  let shown: string | undefined;
  /** Queue the `$page` and the `$leave` of the page that is shown. */
  let pending: (() => void) | undefined;
  let left: (() => void) | undefined;
  /** Whether that was told of a page that is hidden, and may be seen again. */
  let isTold = false;

  const address = (): string | undefined => cleanUrl(location.href, keep, isHash);
  const place = (): { $url: string | undefined; $path: string } => ({
    $url: address(),
    $path: location.pathname + (isHash ? routeOf(location) : ''),
  });
  const countVisible = (): void => {
    if (visibleSince) visibleMs += performance.now() - visibleSince;
    visibleSince = document.hidden ? 0 : performance.now();
  };

  /** Queues the `$page` of the page that is shown, if it still waits for its title or its load. */
  const announce = (): void => {
    if (pending) deepest = Math.max(deepest, scrollY);
    const told = pending;
    pending = undefined;
    told?.();
  };
  const begin = (at: number, more?: () => object | undefined): void => {
    const here = place();
    const $referrer = cleanUrl(referrer, keep, isHash);
    beganAt = at;
    visibleSince = visibleMs = deepest = 0;
    shown = here.$url;
    isTold = false;
    referrer = location.href;
    countVisible();
    left = () =>
      emit('$leave', {
        ...here,
        $visible_ms: Math.round(visibleMs),
        $total_ms: Date.now() - beganAt,
        $scroll: Math.min(100, Math.round((100 * (deepest + innerHeight)) / document.documentElement.scrollHeight)),
      });
    pending = () => emit('$page', { ...here, $title: document.title, $referrer, ...more?.() }, beganAt);
  };

  /** Tells what was not told yet. */
  const tell = (): void => {
    announce();
    countVisible();
    if (!isTold) left?.();
    // What comes is another part of its time.
    beganAt = Date.now();
    visibleMs = 0;
  };
  const end = (): void => {
    tell();
    left = undefined;
  };

  const show = (more?: () => object | undefined, at = Date.now()): void => {
    end();
    begin(at, more);
    announce();
  };

  const navigated = (): void => {
    // None is shown while the page is prerendered.
    if (!shown || address() === shown) return;
    end();
    begin(Date.now());
    setTimeout(announce, TITLE_MS);
  };
  const wrap = (name: 'pushState' | 'replaceState'): void => {
    const original = history[name];
    history[name] = function (...values) {
      original.apply(this, values);
      navigated();
    };
  };

  if (kind !== 'manual') {
    whenShown(() => {
      begin(+(options.startedAt ?? 0) || Date.now(), loadTime);
      // After the listeners of the page, and when the time of the load is known.
      const later = (): unknown => setTimeout(announce);
      if (document.readyState === 'complete') later();
      else addEventListener('load', later);
    });
  }
  if (kind === 'auto' || isHash) {
    wrap('pushState');
    wrap('replaceState');
    // Of changes of the fragment too.
    addEventListener('popstate', navigated);
  }
  addEventListener('scroll', () => (deepest = Math.max(deepest, scrollY)));
  addEventListener('visibilitychange', () => {
    // A page that is hidden may be ended without a word.
    if (document.hidden) {
      tell();
      onHide(false);
    } else countVisible();
    isTold = document.hidden;
  });
  addEventListener('pagehide', () => {
    end();
    onHide(true);
  });
  addEventListener('pageshow', ({ persisted }) => {
    if (!persisted || kind === 'manual') return;
    // Nobody knows from where.
    referrer = '';
    show();
  });

  return {
    place,
    page: (properties) => whenShown(() => show(() => properties)),
    trackPageStart: () =>
      whenShown(() => {
        end();
        askedAt = Date.now();
      }),
    trackPageEnd: () =>
      whenShown(() => {
        const at = askedAt || Date.now();
        askedAt = 0;
        show(() => ({ $load_ms: Date.now() - at }), at);
      }),
  };
}

/** Before a page is shown nobody has seen it. */
export const whenShown: WhenShown = (work) => {
  if ((document as Document & { prerendering?: boolean }).prerendering)
    document.addEventListener('prerenderingchange', work, { once: true });
  else work();
};

/** How long the load took from where the user began to wait. */
function loadTime(): object | undefined {
  const [load] = performance.getEntriesByType('navigation') as (PerformanceNavigationTiming & {
    activationStart?: number;
  })[];
  const end = load?.loadEventStart;
  return end ? { $load_ms: Math.max(0, Math.round(end - (load.activationStart ?? 0))) } : undefined;
}
