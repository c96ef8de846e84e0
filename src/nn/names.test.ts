/** @file Tests of automatic names, spellings and suggestions. */
import { beforeEach, expect, it } from 'vitest'
import { autoName, camelCase, resetNames, snakeCase, suggest } from './names.ts'

beforeEach(resetNames)

it.each([
  ['Conv2D', 'conv2d'],
  ['DepthwiseConv2D', 'depthwise_conv2d'],
  ['SeparableConv2D', 'separable_conv2d'],
  ['MaxPooling2D', 'max_pooling2d'],
  ['GlobalAveragePooling2D', 'global_average_pooling2d'],
  ['BatchNormalization', 'batch_normalization'],
  ['InputLayer', 'input_layer'],
  ['DepthwiseSeparableConv2D', 'depthwise_separable_conv2d'],
  ['ReLU', 're_lu'],
])('spells %s as Keras does', (className, name) => {
  expect(snakeCase(className)).toBe(name)
})

it('counts names of a class up', () => {
  expect([autoName('Conv2D'), autoName('Dense'), autoName('Conv2D'), autoName('Conv2D')]).toEqual([
    'conv2d',
    'dense',
    'conv2d_1',
    'conv2d_2',
  ])
  resetNames()
  expect(autoName('Conv2D')).toBe('conv2d')
})

it('turns the spelling of Keras into ours', () => {
  expect(camelCase('sparse_categorical_crossentropy')).toBe('sparseCategoricalCrossentropy')
  expect(camelCase('GlorotUniform')).toBe('GlorotUniform')
  expect(camelCase('conv_2d')).toBe('conv2d')
})

it('suggests only what is close', () => {
  expect(suggest('filter', ['filters', 'strides'])).toBe(', did you mean "filters"?')
  expect(suggest('addam', ['adam', 'sgd'])).toBe(', did you mean "adam"?')
  expect(suggest('depth_multiplier', ['depthMultiplier'])).toBe(', did you mean "depthMultiplier"?')
  expect(suggest('xyz', ['sgd', 'adam'])).toBe('')
})
