import { Module } from '@nestjs/common';
import { PropertiesModule } from '../properties/properties.module.js';
import { AccountsService } from './accounts.service.js';
import { ApiKeysService } from './api-keys.service.js';
import { Authentication } from './authentication.js';
import { KeySlots } from './key-slots.service.js';

@Module({
  imports: [PropertiesModule],
  providers: [AccountsService, ApiKeysService, Authentication, KeySlots],
  exports: [AccountsService, KeySlots],
})
export class AccountsModule {}
