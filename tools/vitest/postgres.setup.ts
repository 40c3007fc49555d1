export { default } from '@nestarc/testing/global-setup';
