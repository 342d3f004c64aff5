import { Module } from '@nestjs/common';
import { AccessModule } from '../access/access.module.js';
import { PropertiesModule } from '../properties/properties.module.js';
import { AccountsService } from './accounts.service.js';
import { ResultsModule } from '../results/results.module.js';
import { AuditController } from './audit/audit.controller.js';
import { AuditHook } from './audit/audit-hook.js';
import { AuditLog } from './audit/audit-log.service.js';
import { Invitations } from './members/invitations.service.js';
import { InvitationsController, MembersController } from './members/members.controller.js';
import { MembersService } from './members/members.service.js';
import { Passwords } from './sessions/passwords.js';
import { SessionsController } from './sessions/sessions.controller.js';
import { RefusedSignIns } from './sessions/refused-sign-ins.service.js';
import { Sessions } from './sessions/sessions.service.js';
import { SignInLimits } from './sessions/sign-in-limits.service.js';
import { AccountController } from './account.controller.js';
import { KeysController } from './keys.controller.js';
import { KeysService } from './keys.service.js';

@Module({
  imports: [AccessModule, PropertiesModule, ResultsModule],
  controllers: [
    AccountController,
    KeysController,
    AuditController,
    MembersController,
    InvitationsController,
    SessionsController,
  ],
  providers: [
    AccountsService,
    KeysService,
    AuditLog,
    AuditHook,
    MembersService,
    Invitations,
    Sessions,
    SignInLimits,
    RefusedSignIns,
    Passwords,
  ],
  exports: [AccountsService],
})
export class AccountsModule {}
