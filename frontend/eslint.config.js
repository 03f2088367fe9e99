import vue from 'eslint-plugin-vue'
import ts from 'typescript-eslint'

// What vue-tsc doesn't see: components that mislead, promises and variables that nobody looks at. How code is laid out
// is no matter of rules here.
export default ts.config(
  { ignores: ['dist', 'dist-fake', 'node_modules', 'src/api/openapi.d.ts'] },
  ...ts.configs.recommended,
  ...ts.configs.stylistic,
  ...vue.configs['flat/recommended'],
  {
    files: ['**/*.vue'],
    languageOptions: { parserOptions: { parser: ts.parser, extraFileExtensions: ['.vue'] } },
  },
  {
    rules: {
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'no-alert': 'error',
      'no-console': 'error',
      'no-eval': 'error',
      'no-implied-eval': 'error',
      'object-shorthand': 'error',
      'prefer-const': 'error',
      'vue/component-api-style': ['error', ['script-setup']],
      'vue/no-v-html': 'error',
      'vue/no-unused-refs': 'error',
      'vue/no-useless-v-bind': 'error',
      'vue/block-lang': ['error', { script: { lang: 'ts' } }],
      'vue/no-template-target-blank': 'error',
      'vue/no-template-shadow': ['error', { allow: ['id'] }], // that a field gives its input
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_', caughtErrors: 'none' }],
      // Names of one word are what elements of HTML are not called: Btn, Menu, Tabs.
      'vue/multi-word-component-names': 'off',
      // Layout.
      'vue/max-attributes-per-line': 'off',
      'vue/singleline-html-element-content-newline': 'off',
      'vue/multiline-html-element-content-newline': 'off',
      'vue/html-self-closing': 'off',
      'vue/html-indent': 'off',
      'vue/html-closing-bracket-newline': 'off',
      'vue/first-attribute-linebreak': 'off',
      'vue/attributes-order': 'off',
      'vue/attribute-hyphenation': 'off',
      'vue/v-on-event-hyphenation': 'off',
    },
  },
  {
    files: ['e2e/**', 'bench/**', 'scripts/**', 'src/**/*.test.ts', '*.config.*'],
    rules: { 'no-console': 'off' },
  },
  { files: ['src/testing.ts', 'src/**/*.test.ts'], rules: { 'vue/one-component-per-file': 'off' } },
)
