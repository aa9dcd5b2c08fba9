import {
  type Child,
  childAsKnown,
  isForReal,
  isReached,
  isViolated,
  modeOf,
  STEPS,
  stepOf,
  type World,
} from './world.ts';

/** What the test remembers of a day on which the work was done. */
export function endDay(world: World): void {
  for (const { name } of world.children) {
    const child = childAsKnown(world, name);
    if (modeOf(world, child) !== 'live') world.everNotLive.add(name);
    for (const step of STEPS) remember(world, child, step);
    endContracts(world, child);
  }
}

function remember(world: World, child: Child, step: string): void {
  const key = stepOf(child.name, step);
  if (!isReached(world, child, step)) {
    world.answers.delete(key);
    world.reachedIn.delete(key);
    return;
  }
  if (isLeftToSchool(world, child, step)) world.leftToSchool.add(key);
  if (!world.reachedIn.has(key))
    world.reachedIn.set(key, isForReal(world, child, step) ? 'live' : 'not-live');
}

/** Reached on the last day on which nothing of it could leave, and still on the first on which it could. */
export function isLeftToSchool(world: World, child: Child, step: string): boolean {
  const key = stepOf(child.name, step);
  if (world.leftToSchool.has(key)) return true;
  const hasLeft = world.handedOver.some((letter) => letter.child === child.name && letter.step === step);
  return !hasLeft && world.reachedIn.get(key) === 'not-live' && isForReal(world, child, step);
}

/** Of a child who has left before its end nobody can say that it was kept. */
function endContracts(world: World, child: Child): void {
  if (child.place !== 'gone') return;
  for (const contract of world.contracts)
    if (contract.child === child.name && contract.ends < world.today && !isViolated(world, child, contract))
      contract.isEnded = true;
}
