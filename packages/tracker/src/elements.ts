import type { TrackerOptions } from './options.js';
import type { Emit } from './pages.js';
import { cleanUrl, type KeepParameter } from './urls.js';

const FILE = /\.(pdf|zip|t?gz|7z|rar|dmg|exe|apk|docx?|xlsx?|pptx?|od[pst]|csv|mp[34])$/i;

/**
 * Counts what is done with marked elements, and clicks on links to other sites and to files. It reads attributes that
 * the page has written, never a value or a key.
 */
export function watchElements(options: TrackerOptions, keep: KeepParameter, emit: Emit, place: () => object): void {
  const named = options.trackrClass ?? 'track-it';
  const marked = /[.#[]/.test(named) ? named : `.${named}`;
  /** The document and the window are no elements. */
  const find = <T extends HTMLElement>({ target }: Event, selector: string): T | null | undefined =>
    (target as Element).closest?.<T>(selector);

  const element = (event: Event, $action: string): void => {
    const found = find(event, marked);
    const { trackrType: $type, trackrLabel: $label, trackrPosition: $position } = found?.dataset ?? {};
    // Within the element the pointer, or the focus, goes from one child to the next.
    const isWithin = found?.contains((event as MouseEvent).relatedTarget as Node);
    if ($type && $label && $position && !isWithin) emit('$element', { $action, $type, $label, $position, ...place() });
  };

  const declared = (event: Event): void => {
    const found = find(event, '[data-muster-event]');
    // A form counts when it is sent, what is not a form when it is clicked.
    if (!found || (found.tagName === 'FORM') !== (event.type === 'submit')) return;
    const properties: Record<string, string> = {};
    for (const { name, value } of found.attributes) {
      const property = /^data-muster-(?!event$)(.+)/.exec(name)?.[1];
      if (property) properties[property.replace(/-/g, '_')] = value;
    }
    emit(found.dataset['musterEvent'] as string, properties);
  };

  const link = (event: Event): void => {
    const found = find<HTMLAnchorElement>(event, 'a[href]');
    const url = found && cleanUrl(found.href, keep);
    if (!url || `${options.links}` === 'false') return;
    if (found.hasAttribute('download') || FILE.test(found.pathname)) emit('$download', { $url: url });
    else if (found.host !== location.host) emit('$outbound', { $url: url });
  };

  const listen = (type: string, ...work: ((event: Event) => void)[]): void =>
    document.addEventListener(type, (event) => work.forEach((one) => one(event)), true);

  listen('click', (event) => element(event, 'click'), declared, link);
  listen('auxclick', (event) => (event as MouseEvent).button === 1 && link(event));
  listen('submit', declared);
  listen('mouseover', (event) => element(event, 'mouseover'));
  listen('focusin', (event) => element(event, 'focus'));
  listen('focusout', (event) => element(event, 'blur'));
}
