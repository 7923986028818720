# Sets mailbox quotas of an Exchange organisation: 0 of its databases and mailboxes.
# Planned from the report of 2026-11-23T22:10:05+00:00 by EX1. Look at what it would do first: .\apply-quotas.ps1 -WhatIf
# Written after Microsoft's documentation, and not yet tried against a real Exchange.
[CmdletBinding(SupportsShouldProcess = $true)]
param()

$ErrorActionPreference = 'Stop'
$ProgressPreference = 'SilentlyContinue'
$WarningPreference = 'SilentlyContinue'
# Without a console there is no encoding to set.
try { [Console]::OutputEncoding = New-Object System.Text.UTF8Encoding $false } catch { $null = $_ }

# Outside the Exchange Management Shell its commands come from the endpoint of this server, as the one who logged in.
$commands = @('Get-MailboxDatabase', 'Get-Mailbox', 'Set-MailboxDatabase', 'Set-Mailbox')
if (-not (Get-Command -Name $commands -ErrorAction SilentlyContinue)) {
    $server = [System.Net.Dns]::GetHostByName($env:COMPUTERNAME).HostName
    $endpoint = New-PSSession -ConfigurationName 'Microsoft.Exchange' -ConnectionUri ('http://' + $server + '/PowerShell/') -Authentication Kerberos
    $null = Import-PSSession -Session $endpoint -CommandName $commands -DisableNameChecking -AllowClobber
}

function Get-Bytes($quota) {
    $text = $quota.ToString()
    if ($text -eq 'Unlimited') { return 'Unlimited' }
    if ($text -notmatch '\(([^)]*)\)') { throw ('a quota does not show its bytes: ' + $text) }
    return ($Matches[1] -replace '[^0-9]', '')
}

# Whether an object still has to be changed. What is neither as it was nor as wanted was changed by somebody else.
function Test-Pending($object, [string] $name, [bool] $used, [string] $was, [string] $wanted) {
    $uses = [bool] $object.UseDatabaseQuotaDefaults
    if (-not $uses) {
        $now = @((Get-Bytes $object.IssueWarningQuota), (Get-Bytes $object.ProhibitSendQuota), (Get-Bytes $object.ProhibitSendReceiveQuota)) -join ' '
        if ($now -eq $wanted) { return $false }
    }
    if ($uses -ne $used -or (-not $uses -and $now -ne $was)) {
        throw ($name + ' has changed since the report was taken: take a new one, and render this script anew')
    }
    return $true
}

