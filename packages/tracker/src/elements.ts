import type { TrackerOptions } from './options.js';
import type { Emit } from './pages.js';
import { cleanUrl, type KeepParameter } from './urls.js';

const FILE = /\.(pdf|zip|t?gz|7z|rar|dmg|exe|apk|docx?|xlsx?|pptx?|od[pst]|csv|mp[34])$/i;

/** As an input of a form may be called `matches`, or like any other property of an element. */
const inner = Element.prototype;

/**
 * Counts what is done with marked elements, and clicks on links to other sites and to files. It reads attributes that
 * the page has written, never a value or a key.
 */
export function watchElements(options: TrackerOptions, keep: KeepParameter, emit: Emit, place: () => object): void {
  const named = options.trackrClass ?? 'track-it';
  const marked = /[.#[]/.test(named) ? named : `.${named}`;
  /** From the element of the last click outwards, and the control of its label. */
  let clicked: EventTarget[];
  let control: EventTarget | null | undefined;
  /** The innermost element, also in open shadow roots; none that the same click of a label has been counted of. */
  const find = <T extends Element>(event: Event, selector: string): T | undefined => {
    const path = event.composedPath();
    const found = path.find((one) => one instanceof Element && inner.matches.call(one, selector)) as T | undefined;
    const isEcho = event.type === 'click' && path[0] === control && clicked.includes(found as Element);
    return isEcho ? undefined : found;
  };
  const text = (found: Element, name: string): string | null => inner.getAttribute.call(found, `data-${name}`);

  const element = (event: Event, $action: string): void => {
    const found = find(event, marked);
    if (!found) return;
    const $type = text(found, 'trackr-type');
    const $label = text(found, 'trackr-label');
    const $position = text(found, 'trackr-position');
    // Within the element the pointer, or the focus, goes from one child to the next.
    const isWithin = inner.contains.call(found, (event as MouseEvent).relatedTarget as Node);
    if ($type && $label && $position && !isWithin) emit('$element', { $action, $type, $label, $position, ...place() });
  };

  const declared = (event: Event): void => {
    const found = find(event, '[data-muster-event]');
    // A form counts when it is sent, what is not a form when it is clicked.
    if (!found || inner.matches.call(found, 'form') !== (event.type === 'submit')) return;
    const properties: Record<string, string | null> = {};
    for (const name of inner.getAttributeNames.call(found)) {
      const property = /^data-muster-(?!event$)(.+)/.exec(name)?.[1];
      if (property) properties[property.replace(/-/g, '_')] = text(found, `muster-${property}`);
    }
    emit(text(found, 'muster-event') as string, properties);
  };

  const link = (event: Event): void => {
    const found = find<HTMLAnchorElement>(event, 'a[href]');
    const url = found && cleanUrl(found.href, keep);
    if (!url || `${options.links}` === 'false') return;
    if (found.hasAttribute('download') || FILE.test(found.pathname)) emit('$download', { $url: url });
    else if (found.host !== location.host) emit('$outbound', { $url: url });
  };

  const listen = (type: string, work: (event: Event) => void): void => document.addEventListener(type, work, true);

  listen('click', (event) => {
    element(event, 'click');
    declared(event);
    link(event);
    clicked = event.composedPath();
    control = find<HTMLLabelElement>(event, 'label')?.control;
    // It passes the click on at once.
    setTimeout(() => (control = undefined));
  });
  listen('auxclick', (event) => void ((event as MouseEvent).button === 1 && link(event)));
  listen('submit', declared);
  listen('mouseover', (event) => element(event, 'mouseover'));
  listen('focusin', (event) => element(event, 'focus'));
  listen('focusout', (event) => element(event, 'blur'));
}
