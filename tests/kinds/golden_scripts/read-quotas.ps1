# Reads the mailbox quotas of an Exchange organisation and gives them as one JSON document. Changes nothing.
# Run it in the Exchange Management Shell: .\read-quotas.ps1 -Path quotas.json
# Written after Microsoft's documentation, and not yet tried against a real Exchange.
[CmdletBinding()]
param([string] $Path)

$ErrorActionPreference = 'Stop'
$ProgressPreference = 'SilentlyContinue'
$WarningPreference = 'SilentlyContinue'
# Without a console there is no encoding to set.
try { [Console]::OutputEncoding = New-Object System.Text.UTF8Encoding $false } catch { $null = $_ }

# Outside the Exchange Management Shell its commands come from the endpoint of this server, as the one who logged in.
$commands = @('Get-MailboxDatabase', 'Get-Mailbox')
if (-not (Get-Command -Name $commands -ErrorAction SilentlyContinue)) {
    $server = [System.Net.Dns]::GetHostByName($env:COMPUTERNAME).HostName
    $endpoint = New-PSSession -ConfigurationName 'Microsoft.Exchange' -ConnectionUri ('http://' + $server + '/PowerShell/') -Authentication Kerberos
    $null = Import-PSSession -Session $endpoint -CommandName $commands -DisableNameChecking -AllowClobber
}

function Get-Text($value) {
    if ($null -eq $value) { $null } else { $value.ToString() }
}

function Get-DatabaseName($database) {
    # An object in the Exchange Management Shell, its name through the endpoint.
    if ($null -eq $database) { '' } elseif ($database.Name) { $database.Name.ToString() } else { $database.ToString() }
}

# Mailboxes that are nobody's account.
$left_out = @('ArbitrationMailbox', 'AuditLogMailbox', 'AuxAuditLogMailbox', 'DiscoveryMailbox', 'MailboxPlan', 'MonitoringMailbox', 'PublicFolderMailbox', 'SupervisoryReviewPolicyMailbox', 'SystemAttendantMailbox', 'SystemMailbox')

$databases = @(Get-MailboxDatabase | ForEach-Object {
    [ordered] @{
        Guid = $_.Guid.ToString()
        Name = $_.Name.ToString()
        IssueWarningQuota = Get-Text $_.IssueWarningQuota
        ProhibitSendQuota = Get-Text $_.ProhibitSendQuota
        ProhibitSendReceiveQuota = Get-Text $_.ProhibitSendReceiveQuota
    }
})
$mailboxes = @(Get-Mailbox -ResultSize Unlimited | Where-Object { $left_out -notcontains $_.RecipientTypeDetails.ToString() } | ForEach-Object {
    [ordered] @{
        Guid = $_.Guid.ToString()
        PrimarySmtpAddress = $_.PrimarySmtpAddress.ToString()
        RecipientTypeDetails = $_.RecipientTypeDetails.ToString()
        Database = Get-DatabaseName $_.Database
        UseDatabaseQuotaDefaults = $_.UseDatabaseQuotaDefaults
        IssueWarningQuota = Get-Text $_.IssueWarningQuota
        ProhibitSendQuota = Get-Text $_.ProhibitSendQuota
        ProhibitSendReceiveQuota = Get-Text $_.ProhibitSendReceiveQuota
    }
})
$report = [ordered] @{
    schema = 'baseline.exchange-quotas/1'
    taken = [DateTime]::UtcNow.ToString('yyyy-MM-ddTHH:mm:ssZ', [System.Globalization.CultureInfo]::InvariantCulture)
    server = $env:COMPUTERNAME
    databases = $databases
    mailboxes = $mailboxes
}
$json = ConvertTo-Json -InputObject $report -Depth 4 -Compress
if ($Path) {
    $file = $ExecutionContext.SessionState.Path.GetUnresolvedProviderPathFromPSPath($Path)
    [System.IO.File]::WriteAllText($file, $json, (New-Object System.Text.UTF8Encoding $false))
} else {
    $json
}
