import { Module } from '@nestjs/common';
import { MetricsController } from './metrics.controller.js';

/** The catalogue of built-in metrics, which is data of core. */
@Module({ controllers: [MetricsController] })
export class MetricsModule {}
