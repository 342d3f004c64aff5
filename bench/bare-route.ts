import 'reflect-metadata';
import { Controller, HttpCode, Module, Post } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';

// The least that Nest on Fastify can do: takes one JSON text from its parent, and answers every POST /bare with it.

const answer = await new Promise<object>((resolve) =>
  process.once('message', (text) => resolve(JSON.parse(String(text)) as object)),
);

@Controller()
class BareController {
  @Post('bare')
  @HttpCode(200)
  tell(): object {
    return answer;
  }
}

@Module({ controllers: [BareController] })
class BareModule {}

const app = await NestFactory.create<NestFastifyApplication>(BareModule, new FastifyAdapter(), { logger: false });
await app.listen(0, '127.0.0.1');
process.send?.(await app.getUrl());
