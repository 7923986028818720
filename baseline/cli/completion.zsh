#compdef baseline
# Completion of `baseline` in zsh. Where nothing is found, file names are offered.
_baseline() {
    local line
    local -a found
    for line in "${(@f)$(_BASELINE_COMPLETE=zsh _BASELINE_LINE="${(j: :)words[1,CURRENT-1]} $PREFIX" \
        "${(Q)${words[1]/#\~/$HOME}}" 2>/dev/null)}"; do
        [[ -n $line ]] && found+=("${${line%%$'\t'*}//:/\\:}${${(M)line%%$'\t'*}:+:}${line#*$'\t'}")
    done
    if (( $#found )); then
        _describe -t values baseline found
    else
        _files
    fi
}
if [[ ${zsh_eval_context[-1]} == loadautofunc ]]; then
    _baseline "$@"
else
    compdef _baseline baseline
fi
