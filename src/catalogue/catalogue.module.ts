import { Module } from '@nestjs/common';
import { PropertiesModule } from '../properties/properties.module.js';
import { MetricsController } from './built-in-metrics.controller.js';
import { NamedMetricStore } from './named-metric-store.js';
import { NamedMetricsController } from './named-metrics.controller.js';
import { NamedMetricsService } from './named-metrics.service.js';
import { PresetsController } from './presets.controller.js';
import { PresetsService } from './presets.service.js';

/** The catalogue of built-in metrics, which is data of core, and the named metrics of properties. */
@Module({
  imports: [PropertiesModule],
  controllers: [MetricsController, NamedMetricsController, PresetsController],
  providers: [NamedMetricStore, NamedMetricsService, PresetsService],
  exports: [NamedMetricsService],
})
export class CatalogueModule {}
