import { Module } from '@nestjs/common';
import { Authentication } from './authentication.js';
import { Authenticator } from './authenticator.service.js';
import { SessionFinder } from './session-finder.service.js';
import { KeySlots } from './key-slots.service.js';

/** Who calls, and what he may do. */
@Module({ providers: [Authenticator, SessionFinder, Authentication, KeySlots], exports: [KeySlots] })
export class AccessModule {}
