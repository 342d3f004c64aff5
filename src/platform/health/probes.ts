/** Asks whether a store can be reached: resolves to false, or rejects, when it cannot. */
export type Probe = () => Promise<unknown>;

/** The stores that this process needs, by the name that `/readyz` shows (`database`, `engine`, `queue`). Given by the composition root. */
export abstract class Probes {
  abstract readonly all: Readonly<Record<string, Probe>>;
}

export type ProbeState = 'up' | 'down';

/** Runs every probe at once; one that has not answered in time counts as down. */
export async function runProbes(
  probes: Readonly<Record<string, Probe>>,
  timeoutMs: number,
): Promise<Record<string, ProbeState>> {
  const states = Object.entries(probes).map(async ([name, probe]) => [name, await stateOf(probe, timeoutMs)] as const);
  return Object.fromEntries(await Promise.all(states));
}

async function stateOf(probe: Probe, timeoutMs: number): Promise<ProbeState> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(resolve, timeoutMs, false);
  });
  try {
    const answer = await Promise.race([probe(), late]);
    return answer === false ? 'down' : 'up';
  } catch {
    return 'down';
  } finally {
    clearTimeout(timer);
  }
}
