# Completion of `baseline` in fish 3 and later. Where nothing is found, file names are offered.
function __baseline_complete
    set -l words (commandline -opc)
    set -lx _BASELINE_COMPLETE fish
    set -lx _BASELINE_LINE (commandline -cp)
    set -l found (command $words[1] 2>/dev/null)
    if test (count $found) -gt 0
        printf '%s\n' $found
    else
        __fish_complete_path (commandline -ct)
    end
end
complete --command baseline --no-files --keep-order --arguments '(__baseline_complete)'
