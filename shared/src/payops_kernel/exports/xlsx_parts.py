"""The parts of an XLSX package that do not depend on the rows (ECMA-376, SpreadsheetML)."""

from collections.abc import Sequence

from payops_kernel.exports.columns import Column, Kind

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
DECLARATION = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"

HEADER_STYLE, INSTANT_STYLE, NUMBER_STYLE = 1, 2, 3
MONEY_STYLE = {0: 4, 2: 5, 3: 6, 4: 7}
"""The cell style of an amount, by the decimals of its currency."""
_NUMBER_FORMATS = {
    INSTANT_STYLE: "yyyy-mm-dd hh:mm:ss",
    NUMBER_STYLE: "0",
    MONEY_STYLE[0]: "#,##0",
    MONEY_STYLE[2]: "#,##0.00",
    MONEY_STYLE[3]: "#,##0.000",
    MONEY_STYLE[4]: "#,##0.0000",
}
_CUSTOM_FORMATS_FROM = 164
_WIDTHS = {Kind.TEXT: 22, Kind.MONEY: 16, Kind.INSTANT: 20, Kind.NUMBER: 12, Kind.LIST: 28}


def sheet_start(columns: Sequence[Column]) -> str:
    """A sheet up to its rows: the first one stays in view, widths by kind."""
    widths = "".join(
        f'<col min="{n}" max="{n}" width="{_WIDTHS[column.kind]}" customWidth="1"/>'
        for n, column in enumerate(columns, 1)
    )
    return (
        f'{DECLARATION}<worksheet xmlns="{MAIN}"><sheetViews><sheetView workbookViewId="0">'
        '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/>'
        f"</sheetView></sheetViews><cols>{widths}</cols><sheetData>"
    )


SHEET_END = "</sheetData></worksheet>"


def package_parts(sheets: Sequence[str]) -> dict[str, str]:
    """Everything but the sheets: part name → XML. ``sheets`` are their names, XML-safe."""
    numbers = range(1, len(sheets) + 1)
    overrides = "".join(
        f'<Override PartName="/xl/worksheets/sheet{n}.xml" ContentType="{_TYPE}.worksheet+xml"/>'
        for n in numbers
    )
    listed = "".join(
        f'<sheet name="{name}" sheetId="{n}" r:id="rId{n}"/>' for n, name in enumerate(sheets, 1)
    )
    targets = "".join(
        f'<Relationship Id="rId{n}" Type="{RELATIONS}/worksheet" Target="worksheets/sheet{n}.xml"/>'
        for n in numbers
    )
    return {
        "xl/styles.xml": _styles(),
        "xl/workbook.xml": (
            f'{DECLARATION}<workbook xmlns="{MAIN}" xmlns:r="{RELATIONS}">'
            f"<sheets>{listed}</sheets></workbook>"
        ),
        "xl/_rels/workbook.xml.rels": (
            f'{DECLARATION}<Relationships xmlns="{PACKAGE}/relationships">{targets}'
            f'<Relationship Id="rId{len(sheets) + 1}" Type="{RELATIONS}/styles" '
            'Target="styles.xml"/></Relationships>'
        ),
        "_rels/.rels": (
            f'{DECLARATION}<Relationships xmlns="{PACKAGE}/relationships">'
            f'<Relationship Id="rId1" Type="{RELATIONS}/officeDocument" '
            'Target="xl/workbook.xml"/></Relationships>'
        ),
        "[Content_Types].xml": (
            f'{DECLARATION}<Types xmlns="{PACKAGE}/content-types">'
            '<Default Extension="rels" '
            'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            '<Default Extension="xml" ContentType="application/xml"/>'
            f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPE}.sheet.main+xml"/>'
            f'<Override PartName="/xl/styles.xml" ContentType="{_TYPE}.styles+xml"/>'
            f"{overrides}</Types>"
        ),
    }


def _styles() -> str:
    formats = "".join(
        f'<numFmt numFmtId="{_CUSTOM_FORMATS_FROM + style}" formatCode="{code}"/>'
        for style, code in _NUMBER_FORMATS.items()
    )
    cells = "".join(
        f'<xf numFmtId="{_CUSTOM_FORMATS_FROM + style}" fontId="0" fillId="0" borderId="0" '
        'xfId="0" applyNumberFormat="1"/>'
        for style in _NUMBER_FORMATS
    )
    return (
        f'{DECLARATION}<styleSheet xmlns="{MAIN}">'
        f'<numFmts count="{len(_NUMBER_FORMATS)}">{formats}</numFmts>'
        '<fonts count="2"><font><sz val="11"/><name val="Calibri"/></font>'
        '<font><b/><sz val="11"/><name val="Calibri"/></font></fonts>'
        '<fills count="2"><fill><patternFill patternType="none"/></fill>'
        '<fill><patternFill patternType="gray125"/></fill></fills>'
        '<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
        '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/>'
        "</cellStyleXfs>"
        f'<cellXfs count="{2 + len(_NUMBER_FORMATS)}">'
        '<xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'
        '<xf numFmtId="0" fontId="1" fillId="0" borderId="0" xfId="0" applyFont="1"/>'
        f"{cells}</cellXfs>"
        '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles>'
        "</styleSheet>"
    )
