import { Module } from '@nestjs/common';
import { AccessModule } from '../access/access.module.js';
import { EventsModule } from '../events/events.module.js';
import { PropertiesModule } from '../properties/properties.module.js';
import { UsersModule } from '../users/users.module.js';
import { Clocks } from './clocks.service.js';
import { CollectController } from './collect.controller.js';
import { CollectNotes } from './collect-notes.js';
import { CollectSettingsController } from './collect-settings.controller.js';
import { CollectSettingsService } from './collect-settings.service.js';
import { Collecting } from './collecting.service.js';
import { CountedOnce } from './counted-once.js';
import { Door } from './door.service.js';
import { EventPreparation } from './event-preparation.service.js';
import { Senders } from './senders.service.js';
import { Sessions } from './sessions.service.js';
import { TrackerFilesController } from './tracker-files.controller.js';
import { UserChanges } from './user-changes.service.js';
import { VisitorKeys } from './visitor-keys.js';

@Module({
  imports: [AccessModule, PropertiesModule, EventsModule, UsersModule],
  controllers: [CollectController, CollectSettingsController, TrackerFilesController],
  providers: [
    CollectSettingsService,
    CollectNotes,
    Clocks,
    CountedOnce,
    Sessions,
    VisitorKeys,
    Senders,
    EventPreparation,
    UserChanges,
    Collecting,
    Door,
  ],
})
export class CollectModule {}
