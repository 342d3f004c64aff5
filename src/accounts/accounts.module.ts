import { Module } from '@nestjs/common';
import { AccessModule } from '../access/access.module.js';
import { PropertiesModule } from '../properties/properties.module.js';
import { AccountsService } from './accounts.service.js';
import { ResultsModule } from '../results/results.module.js';
import { AuditController } from './audit/audit.controller.js';
import { AuditHook } from './audit/audit-hook.js';
import { AuditLog } from './audit/audit-log.service.js';
import { KeysController } from './keys.controller.js';
import { KeysService } from './keys.service.js';

@Module({
  imports: [AccessModule, PropertiesModule, ResultsModule],
  controllers: [KeysController, AuditController],
  providers: [AccountsService, KeysService, AuditLog, AuditHook],
  exports: [AccountsService],
})
export class AccountsModule {}
