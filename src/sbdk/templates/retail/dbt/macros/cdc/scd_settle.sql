{#
  What a declaration means for these columns, and everything wrong with it.

  `scd` is a dict: the options by their names, `columns` of the feed as [{name, type}], and what is there already as
  `known` (the facts that the log carries, or none), `known_columns`, `has_log`, `has_target` (`target` is none where nothing is kept). Filled
  in here: `sequence` (names), `types`, `output`, `tracked`, `added`, `facts`. `problems` gets dicts of message and hint.
#}

{% macro scd_settle(scd, problems) %}
  {% do scd.update({"sequence": [scd.sequence_by] if scd.sequence_by is string else scd.sequence_by or []}) %}
  {% do scd_settle_lists(scd, problems) %}
  {% if not problems %}{% do scd_settle_output(scd, problems) %}{% endif %}
  {% if not problems %}{% do scd_settle_types(scd, problems) %}{% endif %}
  {% if not problems and scd.lateness is not none %}{% do scd_settle_lateness(scd, problems) %}{% endif %}
  {% if not problems and scd.target %}{% do scd_settle_known(scd, problems) %}{% endif %}
{% endmacro %}

{% macro scd_problem(problems, message, hint=none) %}
  {% do problems.append({"message": message, "hint": hint}) %}
{% endmacro %}

{% macro scd_settle_lists(scd, problems) %}
  {% set names = scd.columns | map(attribute="name") | list %}
  {% for name in names if (names | map("lower") | list).count(name | lower) > 1 %}
    {% do scd_problem(problems, "the feed has two columns called " ~ name ~ ", if case is ignored, as SQL does",
                      "rename one of them") %}
  {% endfor %}
  {% if scd.stored_as_scd_type not in [1, 2] %}
    {% do scd_problem(problems, "stored_as_scd_type is 1 or 2, not " ~ scd.stored_as_scd_type) %}
  {% elif scd.apply_as_truncates and scd.stored_as_scd_type == 2 %}
    {% do scd_problem(problems, "apply_as_truncates goes with stored_as_scd_type 1 only",
                      "a truncate has no place in a history; send a delete per key") %}
  {% endif %}
  {% for first, second in [("column_list", "except_column_list"),
                           ("track_history_column_list", "track_history_except_column_list")] %}
    {% if scd[first] is not none and scd[second] is not none %}
      {% do scd_problem(problems, first ~ " and " ~ second ~ " are both given", "give one of them") %}
    {% endif %}
  {% endfor %}
  {% for option in ["keys", "sequence", "column_list", "except_column_list", "track_history_column_list",
                    "track_history_except_column_list"] if scd[option] is not none %}
    {% do scd_settle_list(option, scd[option], names, problems) %}
  {% endfor %}
  {% for option in ["keys", "sequence"] if not scd[option] %}
    {% do scd_problem(problems, ("keys" if option == "keys" else "sequence_by") ~ " names no column") %}
  {% endfor %}
{% endmacro %}

{% macro scd_settle_list(option, list, names, problems) %}
  {% set option = "sequence_by" if option == "sequence" else option %}
  {% if list is string or list is mapping or list is not iterable %}
    {% do scd_problem(problems, option ~ " is a list of column names") %}
  {% else %}
    {% for name in list if name not in names %}
      {% do scd_problem(problems, option ~ ": the feed has no column " ~ name, "it has " ~ names | join(", ")) %}
    {% endfor %}
    {% for name in list | unique(case_sensitive=true) if list.count(name) > 1 %}
      {% do scd_problem(problems, option ~ " names " ~ name ~ " twice") %}
    {% endfor %}
  {% endif %}
{% endmacro %}

{% macro scd_settle_output(scd, problems) %}
  {% set output = [] %}
  {% for column in scd.columns %}
    {% if (scd.column_list is none or column.name in scd.column_list)
          and (scd.except_column_list is none or column.name not in scd.except_column_list) %}
      {% do output.append(column.name) %}
    {% endif %}
  {% endfor %}
  {% for name in scd["keys"] if name not in output %}
    {% do scd_problem(problems, "the key " ~ name ~ " is not among the columns of the table",
                      "a table is kept up by its keys: leave them in") %}
  {% endfor %}
  {% for name in (output + scd.sequence) | unique(case_sensitive=true) %}
    {% if name.startswith("__") %}
      {% do scd_problem(problems, "the name " ~ name ~ " begins with two underscores, as the columns of the log do",
                        "rename it in the feed, or leave it out by except_column_list") %}
    {% elif scd.stored_as_scd_type == 2 and name in output and name | lower in ["valid_from", "valid_to"] %}
      {% do scd_problem(problems, "the name " ~ name ~ " is taken: a history has valid_from and valid_to of its own",
                        "rename it in the feed, or leave it out by except_column_list") %}
    {% endif %}
  {% endfor %}
  {% set tracked = [] %}
  {% for name in output %}
    {% if scd.stored_as_scd_type == 2
          and (scd.track_history_column_list is none or name in scd.track_history_column_list)
          and (scd.track_history_except_column_list is none or name not in scd.track_history_except_column_list) %}
      {% do tracked.append(name) %}
    {% endif %}
  {% endfor %}
  {% for name in (scd.track_history_column_list or []) + (scd.track_history_except_column_list or []) %}
    {% if name not in output %}
      {% do scd_problem(problems, "the tracked column " ~ name ~ " is not among the columns of the table") %}
    {% endif %}
  {% endfor %}
  {% do scd.update({"output": output, "tracked": tracked, "added": []}) %}
{% endmacro %}

{% macro scd_settle_types(scd, problems) %}
  {% set types = {} %}
  {% for column in scd.columns %}{% do types.update({column.name: column.type}) %}{% endfor %}
  {% for name in scd["keys"] + scd.sequence %}
    {% if types[name].startswith("UNION(") or types[name] in ["JSON", "VARIANT"] %}
      {% do scd_problem(problems, "the column " ~ name ~ " is of mixed types (" ~ types[name] ~ ")",
                        "cast it to one type that has an order") %}
    {% endif %}
  {% endfor %}
  {% for name in scd.sequence if types[name].startswith(("STRUCT(", "MAP(")) or types[name].endswith("]") %}
    {% do scd_problem(problems, "the sequence column " ~ name ~ " is nested (" ~ types[name] ~ ")",
                      "sequence by a plain column, or by a list of them") %}
  {% endfor %}
  {% set sequence_type = [] %}
  {% for name in scd.sequence %}
    {% do sequence_type.append((scd_quote(name) ~ " " if scd.sequence | length > 1 else "") ~ types[name]) %}
  {% endfor %}
  {% set joined = sequence_type | join(", ") %}
  {% do scd.update({
    "types": types,
    "sequence_type": "STRUCT(" ~ joined ~ ")" if scd.sequence | length > 1 else joined,
  }) %}
{% endmacro %}

{% macro scd_settle_lateness(scd, problems) %}
  {% set type = scd.sequence_type %}
  {% set number = type in ["TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER",
                           "UBIGINT", "UHUGEINT", "FLOAT", "DOUBLE"] or type.startswith("DECIMAL") %}
  {% set time = type == "DATE" or type.startswith("TIMESTAMP") %}
  {% if scd.sequence | length > 1 or not (number or time) %}
    {% do scd_problem(problems, "lateness needs one sequence column that is a number or a time, not " ~ type) %}
  {% elif number != (scd.lateness is number) %}
    {% do scd_problem(problems, "lateness " ~ scd.lateness ~ " cannot be taken from a sequence of type " ~ type,
                      "a number for numbers; for times an interval, such as '10 minutes'") %}
  {% elif number and scd.lateness < 0 %}
    {% do scd_problem(problems, "lateness is negative: " ~ scd.lateness) %}
  {% endif %}
{% endmacro %}

{#
  The table that is there already must have been made by the same rules: the log holds events, not what was done with
  them, so a table half by old and half by new rules would be nobody's.
#}
{% macro scd_settle_known(scd, problems) %}
  {% do scd.update({"facts": {
    "keys": scd["keys"], "sequence_type": scd.sequence_type, "stored_as_scd_type": scd.stored_as_scd_type,
    "tracked": scd.tracked, "ignore_null_updates": scd.ignore_null_updates,
  }}) %}
  {% set hint = "rebuild it from all changes: drop " ~ scd.target ~ " and " ~ scd.log ~ " first (dbt: --full-refresh)" %}
  {% if scd.known is none %}
    {% if scd.has_target or scd.has_log %}
      {% do scd_problem(problems, scd.target ~ (" is there without a log of changes" if not scd.has_log else
                        " has a log that does not say how it was made"), hint) %}
    {% endif %}
  {% elif not scd.has_target %}
    {% do scd_problem(problems, scd.log ~ " is there without its table " ~ scd.target, hint) %}
  {% else %}
    {% for fact, told in scd.known.items() if scd.facts[fact] != told %}
      {% do scd_problem(problems, scd.target ~ " was made with " ~ fact ~ " = " ~ told ~ ", now it is "
                        ~ scd.facts[fact], hint) %}
    {% endfor %}
    {% if not problems %}{% do scd_settle_columns(scd, problems, hint) %}{% endif %}
  {% endif %}
{% endmacro %}

{# Columns keep the order of the log: it decides between records of one key and sequence. New ones go last. #}
{% macro scd_settle_columns(scd, problems, hint) %}
  {% set known = scd.known_columns | map(attribute="name") | list %}
  {% for column in scd.known_columns %}
    {% if column.name not in scd.output %}
      {% do scd_problem(problems, "the column " ~ column.name ~ " of " ~ scd.target ~ " is not in the feed any more",
                        "send it with nulls; or " ~ hint) %}
    {% elif column.type != scd.types[column.name] %}
      {% do scd_problem(problems, "the column " ~ column.name ~ " of " ~ scd.target ~ " was " ~ column.type
                        ~ ", now it is " ~ scd.types[column.name], "cast it in the feed; or " ~ hint) %}
    {% endif %}
  {% endfor %}
  {% set added = scd.output | reject("in", known) | list %}
  {% do scd.update({"output": known + added, "added": added}) %}
{% endmacro %}
