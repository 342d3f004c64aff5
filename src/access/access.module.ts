import { Module } from '@nestjs/common';
import { Authentication } from './authentication.js';
import { Authenticator } from './authenticator.service.js';
import { SessionFinder } from './session-finder.service.js';
import { KeyUses } from './key-uses.js';
import { NetworkLimit } from './network-limit.service.js';
import { PublicKeys } from './public-keys.service.js';
import { KeySlots } from './key-slots.service.js';
import { LimitsController } from './limits.controller.js';
import { RateLimits } from './rate-limits.service.js';
import { Outbound } from '../platform/outbound/outbound.service.js';
import { IssuerKeys } from './tokens/issuer-keys.service.js';
import { TokenAuthenticator } from './tokens/token-authenticator.service.js';
import { SharedCounters } from '../stores/limits/shared-counters.js';

/** Who calls, and what he may do. */
@Module({
  controllers: [LimitsController],
  providers: [
    Authenticator,
    TokenAuthenticator,
    IssuerKeys,
    SessionFinder,
    Authentication,
    KeySlots,
    SharedCounters,
    RateLimits,
    KeyUses,
    PublicKeys,
    NetworkLimit,
    Outbound,
  ],
  exports: [KeySlots, RateLimits, PublicKeys, NetworkLimit, SessionFinder, Outbound],
})
export class AccessModule {}
