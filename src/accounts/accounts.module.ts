import { Module } from '@nestjs/common';
import { AccessModule } from '../access/access.module.js';
import { PropertiesModule } from '../properties/properties.module.js';
import { AccountsService } from './accounts.service.js';
import { KeysController } from './keys.controller.js';
import { KeysService } from './keys.service.js';

@Module({
  imports: [AccessModule, PropertiesModule],
  controllers: [KeysController],
  providers: [AccountsService, KeysService],
  exports: [AccountsService],
})
export class AccountsModule {}
