import { Controller, Get, Header } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { INVITATION_PAGE, INVITATION_SCRIPT } from './invitation-page.js';

/** The page to which the link of an invitation leads. */
@ApiExcludeController()
@Controller('invitation')
export class InvitationPageController {
  @Get()
  @Header('content-type', 'text/html; charset=utf-8')
  @Header('cache-control', 'no-store')
  page(): string {
    return INVITATION_PAGE;
  }

  @Get('page.js')
  @Header('content-type', 'text/javascript; charset=utf-8')
  script(): string {
    return INVITATION_SCRIPT;
  }
}
