import type { CanonicalRequest } from '../../../src/core/request/canonical-request.js';
import type { Outcome } from './oracle-outcome.js';
import { truth } from './oracle-outcome.js';
import type { SentEvent } from './world.js';

/**
 * Of the judged events how many were reversed: among the next of the object, the first that brings back one of the
 * contents before the judged one, and another than its own, is by someone else.
 */
export function reversalRate(
  { params }: CanonicalRequest,
  everybodys: readonly SentEvent[],
  judgedOnes: readonly SentEvent[],
): Outcome[] {
  const [object, content] = [String(params['object']), String(params['content'])];
  const names = params.event;
  const history = everybodys.filter(
    ({ name, properties }) => (names === null || names.includes(name)) && object in properties && content in properties,
  );
  const judged = judgedOnes.filter((event) => history.includes(event));
  const reversed = judged.filter((event) => {
    const ofObject = history.filter((other) => same(other.properties[object], event.properties[object])).sort(inOrder);
    return isReversed(ofObject, ofObject.indexOf(event), content, params);
  }).length;
  const rate: Outcome = judged.length === 0 ? { reason: 'no_denominator' } : { value: reversed / judged.length };
  return [truth(reversed > 0), { value: reversed }, { value: judged.length }, rate];
}

function isReversed(
  history: readonly SentEvent[],
  at: number,
  content: string,
  params: CanonicalRequest['params'],
): boolean {
  const contentOf = (event: SentEvent | undefined): unknown => event?.properties[content];
  const before = history.slice(Math.max(0, at - Number(params['look_back'])), at);
  const next = history.slice(at + 1, at + 1 + Number(params['look_ahead']));
  const reverting = next.find(
    (event) =>
      !same(contentOf(event), contentOf(history[at])) &&
      before.some((earlier) => same(contentOf(earlier), contentOf(event))),
  );
  return reverting !== undefined && (params['ignore_self'] !== true || reverting.user !== history[at]?.user);
}

/** 1 and "1" are two. */
function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

/** By time, then by identity. */
function inOrder(a: SentEvent, b: SentEvent): number {
  const texts = (['user', 'name', 'clientId'] as const).map((key) =>
    Buffer.compare(Buffer.from(a[key]), Buffer.from(b[key])),
  );
  return a.timeMs - b.timeMs || texts.find((order) => order !== 0) || a.contentHash - b.contentHash;
}
