import { setTimeout as sleep } from 'node:timers/promises';
import { Controller, Get, Header } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Failure } from '../../core/failure.js';
import { DiskSpace } from './disk-space.js';
import { ApiProblems } from '../http/api-problems.js';
import { Produces } from '../http/negotiation.js';
import { Readiness } from './readiness.js';

/** Checks whether a store can be reached: resolves to false, or rejects, when it cannot. */
export type Probe = () => Promise<unknown>;

/**
 * The stores that this process needs, by the name that `/readyz` shows (`database`, `engine`, `queue`). Given by the
 * composition root.
 */
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
  const answered = new AbortController();
  try {
    const answer = await Promise.race([probe(), late(timeoutMs, answered.signal)]);
    return answer === false ? 'down' : 'up';
  } catch {
    return 'down';
  } finally {
    answered.abort();
  }
}

/** Pieces of the time that a probe has. */
const PIECES = 8;

/**
 * Resolves to false when the time is over in which this process could take an answer: one that has come while its event
 * loop was held is read only after the timers that are due, so a stall counts as one piece.
 */
async function late(timeoutMs: number, signal: AbortSignal): Promise<false> {
  for (let piece = 0; piece < PIECES; piece += 1) await sleep(timeoutMs / PIECES, undefined, { signal });
  return false;
}

/** Shorter than the second that orchestrators usually give. */
const PROBE_TIMEOUT_MS = 800;

@ApiTags('health')
@Controller()
export class HealthController {
  constructor(
    private readonly readiness: Readiness,
    private readonly probes: Probes,
    private readonly disk: DiskSpace,
  ) {}

  @Get('livez')
  @Produces()
  @Header('cache-control', 'no-store')
  @ApiOperation({
    summary: 'Whether the process turns',
    description: 'Checks no store: restart the process when this fails.',
  })
  @ApiOkResponse({ description: 'It does.', schema: { type: 'object', example: { status: 'ok' } } })
  live(): { status: 'ok' } {
    return { status: 'ok' };
  }

  @Get('readyz')
  @Produces()
  @Header('cache-control', 'no-store')
  @ApiOperation({
    summary: 'Whether the process can serve',
    description:
      'Checks every store, at most 0.8 seconds each, all at once, and whether the disk of the embedded ones has room.',
  })
  @ApiOkResponse({
    description: 'Every store answers.',
    schema: {
      type: 'object',
      example: { status: 'ready', checks: { database: 'up', engine: 'up', queue: 'up', storage: 'up' } },
    },
  })
  @ApiProblems('not_ready')
  async ready(): Promise<{ status: 'ready'; checks: Record<string, ProbeState> }> {
    const checks = await runProbes(this.probes.all, PROBE_TIMEOUT_MS);
    const down = Object.keys(checks).filter((name) => checks[name] === 'down');
    const { phase } = this.readiness;
    const refusal = await this.disk.refusal();
    const reasons = [
      ...(phase === 'ready' ? [] : [`The process is ${phase}.`]),
      ...(down.length > 0 ? [`Not reachable: ${down.join(', ')}; what waits for it goes on when it is back.`] : []),
      ...(refusal === null ? [] : [refusal.detail]),
    ];
    const storage: ProbeState = refusal === null ? 'up' : 'down';
    const reported = this.disk.isWatched ? { ...checks, storage } : checks;
    if (reasons.length > 0) throw new Failure('not_ready', reasons.join(' '), [], { phase, checks: reported });
    return { status: 'ready', checks: reported };
  }
}
