# For the mail server behind fetchrun: drops the second copy of a message that had to be handed on twice.
#
# fetchrun hands mail on at least once: if it dies between the server's yes and its own record of it, the message comes
# again, with the same X-Fetchrun-Delivery-Id. Dovecot: put this file where `sieve_before` says, run `sievec` on it, and
# have `mail_plugins = $mail_plugins sieve` in `protocol lmtp`. Mail without the header is not looked at.
require ["duplicate"];

if duplicate :header "X-Fetchrun-Delivery-Id" :seconds 172800 {
    discard;
    stop;
}
