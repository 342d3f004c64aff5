import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';

export type Phase = 'starting' | 'ready' | 'stopping';

/**
 * Where this process is in its life. Follows Nest's life cycle; whoever starts an orderly end earlier says so by
 * `stop`.
 */
@Injectable()
export class Readiness implements OnApplicationBootstrap, OnModuleDestroy {
  private current: Phase = 'starting';

  get phase(): Phase {
    return this.current;
  }

  onApplicationBootstrap(): void {
    if (this.current === 'starting') {
      this.current = 'ready';
    }
  }

  onModuleDestroy(): void {
    this.stop();
  }

  /** From now on `/readyz` and every route under `/v1` answer 503. Final. */
  stop(): void {
    this.current = 'stopping';
  }
}
