"""How every question of an exam is scored, in words for students."""

from collections.abc import Iterable

from pipeline.grading import explain_group, explain_rule, explain_several
from pipeline.model import Exam, Group, Question


def explained_rules(exams: Iterable[Exam]) -> list[dict[str, str]]:
    """The rule of every question in one sentence for students, in the order of the exams.

    ``several`` says what becomes of several marks where one is asked. A question whose parts are
    judged together is told once, and not part by part.
    """
    found = []
    for exam in exams:
        questions: dict[str, Question | Group] = {}
        groups = {group.id: group for group in exam.groups}
        for question in exam.questions:
            questions.setdefault(question.group or question.id, groups.get(question.group, question))
        for name, asked in questions.items():
            about = {"exam": exam.id, "version": exam.version, "question": name, "rule": asked.rule.name}
            if isinstance(asked, Group):
                words = {"sentence": explain_group(asked), "several": ""}
            else:
                words = {"sentence": explain_rule(asked), "several": explain_several(asked)}
            found.append({**about, **words})
    return found
