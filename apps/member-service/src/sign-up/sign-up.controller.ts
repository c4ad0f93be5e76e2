import { Documented } from '@event-bus/service-kit';
import { Body, Controller, Post } from '@nestjs/common';
import { memberView } from '../members/member.entity.ts';
import type { MemberView } from '../members/member.entity.ts';
import { emailAlreadyUsed } from './sign-up.errors.ts';
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
  @Documented({ summary: 'Signs a member up', answers: { 201: memberView }, problems: [emailAlreadyUsed] })
  async signUp(@Body({ schema: signUpRequest }) request: SignUpRequest): Promise<MemberView> {
    return this.#service.signUp(request);
  }
}
