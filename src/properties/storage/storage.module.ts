import { Module } from '@nestjs/common';
import { StorageController } from './storage.controller.js';
import { StorageService } from './storage.service.js';

/** What is stored, and how much of it; what is removed when is each feature's own. */
@Module({ controllers: [StorageController], providers: [StorageService] })
export class StorageModule {}
