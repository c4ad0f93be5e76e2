import kafkajs from 'kafkajs';

/** Node finds only a part of kafkajs's names by itself. */
export const { AssignerProtocol, ConfigResourceTypes, Partitioners } = kafkajs;
