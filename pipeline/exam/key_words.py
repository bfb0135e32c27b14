"""Words that teachers write above the columns of a key, in six languages.

English, German, Danish, Spanish, French and Portuguese; compared without case, accents, spaces and
signs. Some are those of other systems' exports (ZipGrade: Key Letter, Question Number,
Response/Mapping, Point Value; GradeHub: Item #, Expected, Type).
"""

import re
import unicodedata
from collections.abc import Mapping

_LETTERS = str.maketrans({"ø": "o", "æ": "ae", "œ": "oe", "đ": "d", "ł": "l"})


def fold_word(text: str) -> str:
    """A word without case, accents, spaces and signs: "Nº" is "no", "Réponse correcte" "reponsecorrecte"."""
    spread = unicodedata.normalize("NFKD", text).casefold().translate(_LETTERS)
    return re.sub(r"[\W_]+", "", "".join(c for c in spread if not unicodedata.combining(c)))


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


NUMBERED = _words(
    "no nr num number numero nummer n id itemno item itemnumber q qno qid qnr questionno questionnumber"
    " questionid questionnr itemid frageid fragenr fragennr fragenummer fragennummer aufgabennr"
    " aufgabennummer aufgabenr sporgsmalnr sporgsmalsnr opgavenr opgavenummer numerodepregunta"
    " numerodepregunta npregunta numerodequestion nquestion numerodaquestao numerodaquestao nquestao"
)
"""Names of a column that can only hold the questions' numbers."""
QUESTIONS = _words(
    "question questions problem exercise task frage fragen aufgabe sporgsmal spoergsmaal opgave"
    " pregunta preguntas ejercicio reactivo exercice questao questoes pergunta perguntas exercicio"
)
"""Names of a column that holds the questions' numbers, or their texts beside a column of numbers."""
ANSWERS = _words(
    "answer answers key answerkey keyanswer correct correctanswer correctanswers correctoption"
    " correctresponse rightanswer right solution expected response responsemapping antwort antworten richtig"
    " richtigeantwort richtigeantworten korrekt losung loesung losungen schlussel schluessel svar"
    " korrektsvar rigtigtsvar rigtig facit facitliste losning loesning respuesta respuestas"
    " respuestacorrecta correcta clave solucion reponse reponses bonnereponse reponsecorrecte correcte"
    " corrige cle resposta respostas respostacorreta respostacerta correta gabarito chave solucao"
)
POINTS = _words(
    "points point pts pt pointvalue maxpoints marks mark maxmarks score maxscore weight credits punkte"
    " punktzahl pkt punkt maxpunkte bewertung pointtal maxpoint vaegt puntos punto puntuacion puntaje"
    " valor bareme poids ponderation pontos pontuacao cotacao peso"
)
KINDS_OF_QUESTION = _words(
    "kind type questiontype qtype itemtype art typ fragetyp aufgabentyp fragenart slags sporgsmalstype"
    " opgavetype tipo tipodepregunta typedequestion genre tipodequestao tipodepergunta"
)
TITLES = _words(
    "title text questiontext description topic prompt titel fragetext aufgabentext beschreibung thema"
    " tekst sporgsmalstekst emne beskrivelse titulo texto enunciado tema descripcion titre texte enonce"
    " intitule sujet descricao assunto"
)
OPTIONS = _words(
    "options option choices choice alternatives numberofoptions nooptions noofoptions numberofchoices"
    " nochoices optionen auswahl antwortmoglichkeiten antwortmoeglichkeiten anzahloptionen moglichkeiten"
    " valgmuligheder svarmuligheder muligheder antalmuligheder opciones opcion alternativas alternativa"
    " numerodeopciones choix propositions nombredechoix opcoes opcao numerodeopcoes"
)
TOLERANCES = _words("tolerance tol margin toleranz tolerancia margen marge margem toleranceabs")
SECTIONS = _words(
    "section part chapter block abschnitt teil bereich kapitel sektion afsnit del seccion parte bloque"
    " partie secao bloco capitulo chapitre"
)
VERSIONS = _words(
    "version versions form formcode keyletter keyversion testform variant variante fassung serie series"
    " udgave versao versione"
)
ROLES: Mapping[str, frozenset[str]] = {
    "question": NUMBERED | QUESTIONS,
    "answer": ANSWERS,
    "points": POINTS,
    "kind": KINDS_OF_QUESTION,
    "title": TITLES,
    "options": OPTIONS,
    "tolerance": TOLERANCES,
    "section": SECTIONS,
    "version": VERSIONS,
}
"""What a column holds, by the words that may stand above it."""

TRUE_WORDS = _words(
    "true yes wahr ja richtig korrekt sand sandt rigtig verdadero cierto si vrai oui verdadeiro sim"
)
FALSE_WORDS = _words("false no falsch nein falsk forkert nej falso faux non errado nao")
TRUE_LETTERS = _words("t v w r s")
"""True by its first letter, beside F: true, verdadero, vrai, verdadeiro, wahr, richtig, sandt."""
NONE_WORDS = _words("none keine keiner keines ingen ninguna ninguno aucune aucun nenhuma nenhum")
"""That no option is right; so is a dash."""
TOTALS = _words("total sum summe gesamt gesamtpunkte ialt sumaltotal suma soma totalpoints points punkte")
"""In the column of questions: the row of the sum of points."""
AND_WORDS = re.compile(r"\s+(?:and|und|og|et|y|e)\s+", re.IGNORECASE)
OR_WORDS = re.compile(r"\s+(?:or|oder|eller|ou|o)\s+", re.IGNORECASE)

KIND_WORDS: Mapping[str, frozenset[str]] = {
    "choice": _words(
        "choice single singlechoice sc onechoice einfachauswahl einfachwahl"
        " enkeltvalg opcionunica choixunique escolhaunica radio"
    ),
    "choices": _words(
        "choices multipleanswer multipleanswers multipleresponse multipleselect multiselect mr ma checkbox"
        " checkboxes mehrfachauswahl mehrfachwahl flervalg seleccionmultiple respuestasmultiples"
        " reponsesmultiples choixmultiples respostasmultiplas multiplaselecao"
    ),
    "mc": _words(
        "mc mcq multiplechoice choixmultiple qcm opcionmultiple eleccionmultiple multiplaescolha"
        " escolhamultipla"
    ),
    "truefalse": _words(
        "truefalse trueorfalse tf boolean yesno wahrfalsch richtigfalsch rf wf jnein janein sandtfalsk"
        " sandfalsk verdaderofalso verdaderoofalso vf vraifaux vraioufaux verdadeirofalso verdadeirooufalso"
    ),
    "number": _words(
        "number numeric numerical num value integer decimal zahl numerisch tal numerisk numero numerico"
        " nombre numerique"
    ),
    "credits": _words("credits credit manual examiner manuell manuel corrector"),
    "text": _words(
        "text essay open openended freetext longanswer freitext offen aufsatz fritekst abierta ensayo"
        " texto redaccion ouverte redaction texte aberta dissertativa redacao"
    ),
}
"""Kinds of question; ``mc`` is one answer in one country and several in the next."""


def role_of(header: str) -> str:
    """What the column with this name holds: a key of ``ROLES``, or ""."""
    if header.strip() == "#":
        return "question"
    for text in (header, re.sub(r"\(.*?\)|\[.*?\]", "", header)):
        folded = fold_word(text)
        for role, words in ROLES.items():
            if folded in words:
                return role
    return ""


_NAMED = re.compile(r"(?P<word>\D*?[^\W\d])[\s_.:-]+(?P<name>[A-Za-z]|[A-Za-z0-9]{1,4})")
_ALONE = re.compile(r"[A-Za-z][0-9]{0,3}|[0-9]{1,4}")


def named_column(header: str) -> tuple[str, str]:
    """(role, name) of a column that is one of several: "Version B" is ("version", "B"), "B" ("", "B").

    Returns
    -------
    tuple of str
        Role ``version`` or ``options`` where the word says it, ``answer`` for "Answer B", "" for
        the name alone; ("", "") when it is none of these.
    """
    text = header.strip()
    if _ALONE.fullmatch(text):
        return "", text.upper()
    named = _NAMED.fullmatch(text)
    role = role_of(named["word"]) if named else ""
    if named and role in ("version", "options", "answer"):
        return role, named["name"].upper()
    return "", ""
