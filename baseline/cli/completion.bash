# Completion of `baseline` in bash 4.4 and later. Where nothing is found, file names are offered.
_baseline_complete() {
    mapfile -t COMPREPLY < <(
        _BASELINE_COMPLETE=bash _BASELINE_LINE="${COMP_LINE:0:COMP_POINT}" "${1/#\~/$HOME}" 2>/dev/null
    )
}
complete -o default -F _baseline_complete baseline
