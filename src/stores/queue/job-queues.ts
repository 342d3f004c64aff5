import { Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { Queue, Worker, type ConnectionOptions, type Processor, type WorkerOptions } from 'bullmq';

/** A Redis that is away keeps commands waiting for ever; a job that could not be added is found by the sweeper. */
const COMMAND_LIMIT_MS = 2000;
/** At the start the queue's own migrations may have to run, or to wait for those of another process. */
const READY_LIMIT_MS = 30_000;

/** What stands in a queue: "look at this row". The row in PostgreSQL is the truth, never the message. */
export interface JobMessage {
  readonly id: string;
  /** Which of the works that were requested of the row; null: of a kind whose rows have one. */
  readonly generation: number | null;
}

/** A message with its place: the lowest rank is next; null: after those that came before it. */
export interface RankedMessage {
  readonly message: JobMessage;
  readonly rank: number | null;
  /** From when on it may be worked on. */
  readonly delayMs?: number;
}

/**
 * The data of a queued job. Workers of another version of the program refuse a `version` they do not know, and leave
 * the job to others.
 */
export function writeMessage({ id, generation }: JobMessage): object {
  return { version: 2, id, generation };
}

/**
 * Reads what came out of a queue, also what a program has put there that wrote version 1, of runs and of uploads.
 * @throws Error when it is not a job of a known version
 */
export function readMessage(data: unknown): JobMessage {
  if (typeof data !== 'object' || data === null) throw new Error('the data of a job must be an object');
  const { version, id, generation, runId, uploadId, asked } = data as Readonly<Record<string, unknown>>;
  if (version === 1 && typeof runId === 'string') return { id: runId, generation: null };
  if (version === 1 && typeof uploadId === 'string' && typeof asked === 'number')
    return { id: uploadId, generation: asked };
  if (version !== 2) throw new Error(`jobs of version ${String(version)} are not known here`);
  if (typeof id !== 'string' || (generation !== null && typeof generation !== 'number')) {
    throw new Error('the data of a job must name its row and generation');
  }
  return { id, generation };
}

/**
 * One for each work that is requested of a row, however often it is started: BullMQ takes no second job under an id.
 */
function jobIdOf({ id, generation }: JobMessage): string {
  return generation === null ? id : `${id}-${generation}`;
}

/** The queues of all kinds of jobs, by name. Every call throws an Error when the queue cannot be reached in time. */
@Injectable()
export class JobQueues implements OnApplicationBootstrap {
  private readonly logger = new Logger(JobQueues.name);
  private readonly queues: ReadonlyMap<string, Queue>;

  constructor(
    private readonly connection: ConnectionOptions,
    queues: readonly Queue[],
  ) {
    this.queues = new Map(queues.map((queue) => [queue.name, queue]));
    for (const queue of queues) {
      queue.on('error', (error) => this.logger.warn(`the queue of ${queue.name}: ${error.message}`));
    }
  }

  /** BullMQ remembers a first connection that failed: a start without one fails instead. */
  async onApplicationBootstrap(): Promise<void> {
    await Promise.all([...this.queues.values()].map((queue) => within(READY_LIMIT_MS, queue.waitUntilReady())));
  }

  /** Adds jobs; one that is still in the queue is left as it is. */
  async add(name: string, messages: readonly RankedMessage[]): Promise<void> {
    if (messages.length === 0) return;
    const jobs = messages.map(({ message, rank, delayMs }) => ({
      name,
      data: writeMessage(message),
      opts: { jobId: jobIdOf(message), ...(rank !== null && { priority: rank }), ...(delayMs && { delay: delayMs }) },
    }));
    await within(COMMAND_LIMIT_MS, this.of(name).addBulk(jobs));
  }

  /** Gives a waiting job another rank. */
  async move(name: string, message: JobMessage, rank: number): Promise<void> {
    const job = await within(COMMAND_LIMIT_MS, this.of(name).getJob(jobIdOf(message)));
    if (job) await within(COMMAND_LIMIT_MS, job.changePriority({ priority: rank }));
  }

  /** Takes a waiting or delayed job out; one that is being worked on stays. */
  async remove(name: string, message: JobMessage): Promise<void> {
    await within(COMMAND_LIMIT_MS, this.of(name).remove(jobIdOf(message)));
  }

  /** Jobs that nobody works on yet. */
  async waiting(name: string): Promise<number> {
    return await within(COMMAND_LIMIT_MS, this.of(name).getJobCountByTypes('waiting', 'prioritized', 'delayed'));
  }

  /** All queues are on one server. */
  async ping(): Promise<void> {
    for (const name of [...this.queues.keys()].slice(0, 1)) await this.waiting(name);
  }

  /** A worker on one of the queues, which is begun by `run`. */
  worker(name: string, process: Processor, options: Omit<WorkerOptions, 'connection' | 'autorun'>): Worker {
    return new Worker(name, process, { ...options, connection: this.connection, autorun: false });
  }

  private of(name: string): Queue {
    const queue = this.queues.get(name);
    if (queue === undefined) throw new Error(`there is no queue of ${name}`);
    return queue;
  }
}

/**
 * Gives up waiting after `limitMs`; the work itself goes on, and its late failure is swallowed.
 * @throws Error when the limit passes first, or the work's own error
 */
async function within<T>(limitMs: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${limitMs} ms`)), limitMs);
  });
  work.catch(() => undefined);
  try {
    return await Promise.race([work, limit]);
  } finally {
    clearTimeout(timer);
  }
}
