import { Module } from '@nestjs/common';
import { AccessModule } from '../access/access.module.js';
import { PropertiesModule } from '../properties/properties.module.js';
import { AccountsService } from './accounts.service.js';
import { ResultsModule } from '../results/results.module.js';
import { AuditController } from './audit/audit.controller.js';
import { AuditHook } from './audit/audit-hook.js';
import { AuditLog } from './audit/audit-log.service.js';
import { Mail } from './members/mail.service.js';
import { Invitations } from './members/invitations.service.js';
import { InvitationsController, MembersController } from './members/members.controller.js';
import { MembersService } from './members/members.service.js';
import { Passwords } from './sessions/passwords.js';
import { SessionsController } from './sessions/sessions.controller.js';
import { RefusedSignIns } from './sessions/refused-sign-ins.service.js';
import { Sessions } from './sessions/sessions.service.js';
import { Identities } from './providers/identities.service.js';
import { IdentitiesController } from './providers/identities.controller.js';
import { OpenId } from './providers/openid.service.js';
import { ProviderSignInController } from './providers/provider-sign-in.controller.js';
import { ProviderSignIns } from './providers/provider-sign-in.service.js';
import { ProvidersController } from './providers/providers.controller.js';
import { SignInWaysController } from './providers/sign-in-ways.controller.js';
import { Providers } from './providers/providers.service.js';
import { SignInLimits } from './sessions/sign-in-limits.service.js';
import { TokenIssuersController } from './tokens/token-issuers.controller.js';
import { TokenIssuers } from './tokens/token-issuers.service.js';
import { AccountDeletion } from './account-deletion.service.js';
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
    ProvidersController,
    SignInWaysController,
    ProviderSignInController,
    IdentitiesController,
    TokenIssuersController,
  ],
  providers: [
    AccountsService,
    AccountDeletion,
    KeysService,
    AuditLog,
    AuditHook,
    MembersService,
    Invitations,
    Sessions,
    SignInLimits,
    RefusedSignIns,
    Passwords,
    Providers,
    TokenIssuers,
    Mail,
    ProviderSignIns,
    Identities,
    OpenId,
  ],
  exports: [AccountsService],
})
export class AccountsModule {}
