import { longDate } from '../../documents/dates.ts';
import type { SchoolDate } from '../../domain/school-date.ts';
import { whom } from '../../domain/whom.ts';
import { myTasks } from '../../procedure/my-tasks.ts';
import { taskInWords } from '../../procedure/task-words.ts';
import type { TaskLine } from '../../store/task-lines.ts';
import { type Html, html } from '../html.ts';
import type { PageAnswer, PageRequest, Site } from '../site.ts';

/** `/` and `/tasks`: what I have to do, worst deadline first. */
export function registerTaskList(site: Site): void {
  const { db, config } = site.deps;
  site.get('/', async ({ person }) => ({
    kind: 'redirect',
    to: person.kind === 'officer' ? '/cases' : '/tasks',
  }));
  site.get('/tasks', async (request: PageRequest): Promise<PageAnswer> => {
    const { moment } = request;
    const tasks = await myTasks(db, config, request);
    const detail = { tasks: tasks.length, ...whom(tasks.map(({ student }) => student?.id ?? null)) };
    await request.viewed({ action: 'tasks-viewed', detail });
    return {
      kind: 'page',
      title: 'My tasks',
      within: '/tasks',
      body: tasks.length === 0 ? html`<p>Nothing waits for you.</p>` : listOf(tasks, moment.today),
    };
  });
}

function listOf(tasks: readonly TaskLine[], today: SchoolDate): Html {
  const items = tasks.map((task) => {
    const { title } = taskInWords({ kind: task.kind, detail: null, gaps: [] });
    // Several of them would look alike.
    const step = task.kind === 'approval' && task.detail !== null ? `: ${task.detail}` : '';
    return html`<li class="card${task.dueOn < today ? ' late' : ''}"><h2><a href="/tasks/${task.ref}">${title}${step}</a></h2>
<p>${aboutWhom(task)}</p><p class="due">${dueWords(task.dueOn, today)}</p></li>`;
  });
  return html`<p>${tasks.length === 1 ? 'One task is open' : `${tasks.length} tasks are open`}, the nearest deadline first.</p><ul class="cards">${items}</ul>`;
}

export function aboutWhom({ student, schoolName }: Pick<TaskLine, 'student' | 'schoolName'>): string {
  const name = student === null ? [] : [`${student.givenName} ${student.familyName}`];
  const grade = student?.grade == null ? [] : [`grade ${student.grade}`];
  return [...name, ...grade, ...(schoolName === null ? [] : [schoolName])].join(', ');
}

export function dueWords(dueOn: SchoolDate, today: SchoolDate): string {
  if (dueOn === today) return 'Due today';
  const date = longDate(dueOn, 'en');
  return dueOn < today ? `Overdue since ${date}` : `Due ${date}`;
}
