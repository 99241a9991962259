# fish completion for navette. SPDX-License-Identifier: GPL-3.0-or-later
# Commands and options are those of `navette --help`; accounts, channels and folders come from the configuration and
# the state: nothing here asks a server.

function __navette_config
    set -l words (commandline -opc)
    for i in (seq 1 (math (count $words) - 1))
        if contains -- $words[$i] -c --config
            string replace -r '^~' $HOME -- $words[(math $i + 1)]
            return
        end
    end
    set -q XDG_CONFIG_HOME; and echo $XDG_CONFIG_HOME/navette/config; or echo $HOME/.config/navette/config
end

# The command that was given, if there is one.
function __navette_command
    set -l words (commandline -opc)
    set -l skip no
    for word in $words[2..-1]
        if test $skip = yes
            set skip no
        else if contains -- $word -c --config --wait --redirect-port
            set skip yes
        else if not string match -q -- '-*' $word
            echo $word
            return 0
        end
    end
    return 1
end

# What can be selected, one a line: accounts, then ACCOUNT/CHANNEL and ACCOUNT/FOLDER.
function __navette_selections
    set -l config (__navette_config)
    navette -c $config --json status 2>/dev/null | sed -n \
        -e 's/^{"type":"status",.*"account":"\([^"\\\\]*\)","state".*/\1/p' \
        -e 's/^{"type":"status-folder",.*"account":"\([^"\\\\]*\)","folder":"\([^"\\\\]*\)","messages".*/\1\/\2/p'
    sed -n 's/^ *\[channel  *\([^] ]*\) *\].*/\1/p' $config 2>/dev/null
end

function __navette_arguments
    switch (__navette_command)
        case init
        case help
            __navette_commands
        case status check login
            __navette_selections | string match -v '*/*'
        case '*'
            __navette_selections
    end
end

function __navette_commands
    navette --help 2>/dev/null | sed -n '/^Commands:/,/^$/s/^  \([a-z]*\) .*/\1/p'
end

complete -c navette -f
complete -c navette -n 'not __navette_command >/dev/null' -a '(__navette_commands)'
complete -c navette -n '__navette_command >/dev/null' -a '(__navette_arguments)'

# Adds the options that a help text has; the further arguments are conditions of complete(1).
function __navette_add_options
    for line in (navette (string split ' ' -- $argv[1]) 2>/dev/null | sed -n '/^Options:/,/^$/s/^  \(..\),* *--\([a-z-]*\)\( [A-Z][A-Z]*\)\{0,1\} *\(.*\)/\1|\2|\3|\4/p')
        set -l parts (string split '|' -- $line)
        set -l short
        string match -q -- '-*' $parts[1]; and set short -s (string sub -s 2 -- $parts[1])
        set -l value
        test -n "$parts[3]"; and set value -r
        test "$parts[2]" = config; and set value -r -F
        test "$parts[2]" = from; and set value -x -a 'mbsync offlineimap'
        complete -c navette $argv[2..-1] $short -l $parts[2] $value -d $parts[4]
    end
end
function __navette_is
    set -l command (__navette_command)
    test "$command" = $argv[1]
end
__navette_add_options --help
for command in (__navette_commands)
    __navette_add_options "help $command" -n "__navette_is $command"
end
