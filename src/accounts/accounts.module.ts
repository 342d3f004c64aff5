import { Module } from '@nestjs/common';
import { PropertiesModule } from '../properties/properties.module.js';
import { AccountsService } from './accounts.service.js';
import { ApiKeysService } from './api-keys.service.js';
import { Authentication } from './authentication.js';

@Module({
  imports: [PropertiesModule],
  providers: [AccountsService, ApiKeysService, Authentication],
  exports: [AccountsService],
})
export class AccountsModule {}
