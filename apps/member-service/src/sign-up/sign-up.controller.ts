import { Body, Controller, Post } from '@nestjs/common';
import type { MemberView } from '../members/member.entity.ts';
import { signUpRequest } from './sign-up.request.ts';
import type { SignUpRequest } from './sign-up.request.ts';
import { SignUpService } from './sign-up.service.ts';

@Controller('members')
export class SignUpController {
  readonly #service: SignUpService;

  constructor(service: SignUpService) {
    this.#service = service;
  }

  /** 201 with the member; 400 naming each bad field; 409 when the address is taken. */
  @Post()
  async signUp(@Body({ schema: signUpRequest }) request: SignUpRequest): Promise<MemberView> {
    return this.#service.signUp(request);
  }
}
