import { ApiProperty } from '@nestjs/swagger';
import { MAX_REFUSED } from './refused-users.service.js';

export class RefusedUsersDto {
  @ApiProperty({
    type: [String],
    maxItems: MAX_REFUSED,
    description: 'Ids compared byte by byte, in the order in which they were given, each once.',
    example: ['undefined', 'anonymous'],
  })
  users!: string[];
}
