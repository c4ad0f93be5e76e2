import kafkajs from 'kafkajs';

/** Node finds only a part of kafkajs's names by itself. */
export const { ConfigResourceTypes, Partitioners } = kafkajs;
