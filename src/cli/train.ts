/** @file `separable train`: trains one network on a data set and saves it, with a report. */
import { join } from 'node:path'
import { Argument, Command } from 'commander'
import { received, SeparableError } from '../base/errors.ts'
import type { ZooName } from '../models/index.ts'
import { resetNames } from '../nn/names.ts'
import { setRandomSeed } from '../nn/random-state.ts'
import { type Recipe, recipes } from '../recipes/index.ts'
import { type Callback, callbacks } from '../train/callbacks/index.ts'
import type { CompileArgs } from '../train/compile.ts'
import type { Model } from '../train/model.ts'
import { withEntrance } from '../transform/with-entrance.ts'
import { writeJson } from './files.ts'
import { inspectMachine } from './machine.ts'
import { NETWORK_NAMES } from './model-file.ts'
import { choice, common, imageSize, MANY, oneOf, parseSize, positiveNumber, share, wholeNumber } from './options.ts'
import { dataOption, loadPictures, validationOption } from './pictures.ts'
import { RECIPE_NAMES, recipeFor } from './recipe-for.ts'
import { RunBackup, resumedArguments, resumeOptions } from './resume.ts'
import { announceNetwork, announceRun, SAMPLES, startRun } from './run.ts'
import { MODEL_FILE, removeRunFiles } from './run-folder.ts'
import type { Terminal } from './terminal.ts'
import { saveTrainReport, trainJsonText } from './train-files.ts'
import { SAVED, trainNetwork } from './train-network.ts'
import { CLASS_WEIGHTS, type Training, type TrainOptions } from './train-options.ts'
import { announceClasses, balanced, describeRun, printResult } from './train-result.ts'

const DESCRIPTION =
  'Trains a network on a data set or on a folder of pictures, and writes into a folder of its own: model.keras, ' +
  'history.csv, and report.html with accuracy, loss, and test images with what they were taken for. A recipe is all of a ' +
  'training but the pictures: network, augmentation, optimizer, schedule, epochs; without one, Adam trains the network you ' +
  'name. The model takes pixels of 0 to 255 as they are. Ctrl-C ends the run early: what was trained until then is saved ' +
  'and reported, and the exit code is 130. However a run was interrupted, --resume goes on with it, and it ends as if it ' +
  'had not been.'

const EXAMPLES = `
Examples:
  $ separable train
  $ separable train --data photos                  photos/cat, photos/dog and so on
  $ separable train separable --data cifar10 --epochs 10 --out runs/cifar10
  $ separable train --resume runs/cifar10
  $ separable train resnet20 --data fashion-mnist --batch-size 64 --learning-rate 0.002`

/** What the optimizer is told to make small, when the recipe does not say. */
const LOSS = 'sparseCategoricalCrossentropy'

export function trainCommand(terminal: Terminal): Command {
  return new Command('train')
    .description(DESCRIPTION)
    .addArgument(
      new Argument(
        '[network]',
        `${NETWORK_NAMES.join(', ')} (default: separable; for a folder the recipe "pictures")`,
      ).argParser((name) => oneOf('network', name, NETWORK_NAMES)),
    )
    .addOption(choice('--recipe <name>', 'recipe', RECIPE_NAMES))
    .addOption(dataOption("the recipe's, or shapes"))
    .addOption(common.dataDir())
    .addOption(wholeNumber('--limit <n>', 'use only the first n training and n test images', { least: 1, most: MANY }))
    .addOption(imageSize('--image-size <size>', 'size to which the pictures of a folder are brought (default: 96)'))
    .addOption(share('--validation-split <share>', 'share of the pictures of a folder that is kept for tests', 0.2))
    .addOption(
      wholeNumber('--epochs <n>', "passes over the training images (default: the recipe's)", { least: 1, most: MANY }),
    )
    .addOption(
      wholeNumber('--batch-size <n>', "images in a training step (default: the recipe's)", { least: 1, most: MANY }),
    )
    .addOption(positiveNumber('--learning-rate <x>', "highest learning rate (default: the recipe's)"))
    .addOption(validationOption())
    .addOption(choice('--save <weights>', 'weights that are saved, of the epoch that is', SAVED, 'last'))
    .addOption(choice('--class-weights <kind>', 'how much classes count in the loss', CLASS_WEIGHTS, 'none'))
    .option('--no-augment', "leave out the recipe's random changes of pictures")
    .addOption(common.seed())
    .addOption(common.threads())
    .option('--out <dir>', 'folder for model and report (default: runs/<date>-train)')
    .addOption(common.overwrite())
    .addOption(resumeOptions.resume())
    .addOption(resumeOptions.backupEvery())
    .addOption(common.json())
    .addHelpText('after', EXAMPLES)
    .action(async (network: ZooName | undefined, options: TrainOptions, command: Command) => {
      if (!options.resume) return train(network, options, terminal)
      const run = await resumedArguments(command, terminal)
      await train(run.argument as ZooName | undefined, run.options as unknown as TrainOptions, terminal)
    })
}

async function train(network: ZooName | undefined, options: TrainOptions, terminal: Terminal): Promise<void> {
  if (network && options.recipe)
    throw new SeparableError('argument', `train takes a network or a recipe, not both, ${received(network)}`)
  const name = options.data ?? (options.recipe && (recipes[options.recipe] as Recipe).data) ?? 'shapes'
  const { title, recipe } = recipeFor(network, options.recipe, name)
  await startRun('train', options, terminal, async (place) => {
    const { epochs = recipe.epochs, batchSize = recipe.batchSize, learningRate = recipe.learningRate } = options
    // All that decides what comes out, whatever its default may be one day.
    const decided = { ...options, data: name, epochs, batchSize, learningRate }
    const backup = await RunBackup.open(place.folder.path, { argument: network, options: decided })
    const training = { ...place, options, network, title, recipe, epochs, batchSize, learningRate, backup, terminal }
    try {
      await backup.around(place.signal, async () => {
        const { imageSize: size, ...others } = options
        const sized = size ? { imageSize: parseSize(size) } : {}
        const pictures = { ...others, ...sized, validationFolder: options.validationData, signal: place.signal }
        const data = await loadPictures(name, pictures, terminal)
        place.signal.throwIfAborted() // nothing to report yet
        if (!options.resume) await removeRunFiles(place.folder.path)
        await runTraining({ ...training, data })
      })
    } finally {
      if (place.signal.aborted && backup.canGoOn) sayHowToGoOn(training)
    }
  })
}

async function runTraining(training: Training): Promise<void> {
  const { options, folder, signal, terminal, title, backup } = training
  const machine = await inspectMachine(signal)
  signal.throwIfAborted() // nothing to report yet
  const run = describeRun(training, machine)
  announceRun(run, machine, terminal)
  announceClasses(run, options, terminal)
  const network = buildNetwork(training)
  announceNetwork(title, network, terminal)
  if (options.resume) terminal.print(`Going on with the run in ${folder.path}`)
  const model = await trainNetwork(network, {
    ...training,
    training: compileArgs(training),
    seed: options.seed,
    peak: machine.peak,
    threads: machine.threads,
    samples: SAMPLES,
    save: options.save,
    classWeight: options.classWeights === 'balanced' ? balanced(run.counts?.train ?? []) : undefined,
    callbacks: [...trainingCallbacks(training), backup.callback],
  })
  network.classNames = training.data.classes
  await network.save(join(folder.path, MODEL_FILE))
  const result = { ...run, network: title, model }
  await saveTrainReport(folder, result)
  await writeJson(options.json, trainJsonText(result), terminal)
  if (!signal.aborted) await backup.remove()
  printResult(result, training)
}

/** The network behind its augmentation, with initial weights that depend on the seed alone. */
function buildNetwork({ recipe, data, options }: Training): Model {
  resetNames()
  setRandomSeed(options.seed)
  const pictures = { inputShape: data.train.x.shape.slice(1), classes: data.classes.length }
  const network = recipe.network(pictures)
  return withEntrance(network, options.augment ? (recipe.augmentation?.(pictures) ?? []) : [])
}

function scheduleOf({ data, epochs, batchSize }: Training) {
  return { epochs, stepsPerEpoch: Math.ceil(data.train.y.data.length / batchSize) }
}

function compileArgs(training: Training): CompileArgs {
  const { recipe, learningRate } = training
  const optimizer = recipe.optimizer(learningRate, scheduleOf(training))
  return { optimizer, loss: recipe.loss ?? LOSS, metrics: ['acc'] }
}

/** Who follows the training: the recipe's callbacks, then those that write into the folder. */
function trainingCallbacks(training: Training): Callback[] {
  const { recipe, folder } = training
  return [
    ...(recipe.callbacks?.(scheduleOf(training)) ?? []),
    callbacks.csvLogger({ filename: join(folder.path, 'history.csv') }),
  ]
}

function sayHowToGoOn({ folder, terminal }: Pick<Training, 'folder' | 'terminal'>): void {
  terminal.print(`Go on:  ${terminal.colors.cyan(`separable train --resume ${folder.path}`)}`)
}
