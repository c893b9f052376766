select jsonb_pretty(jsonb_build_object(
    'account', (
        select jsonb_build_object(
            'name', u.name, 'email', u.email, 'role', u.role, 'language', u.language, 'created_at', u.created_at, 'verified_at', u.verified_at,
            'last_seen_on', u.last_seen_on, 'blocked_at', u.blocked_at,
            'organisation', (select o.name from organisations o where o.id = u.organisation_id),
            'manages', u.manages, 'known_as', u.known_as,
            'scopes', (select coalesce(jsonb_agg(jsonb_build_object('neighbourhood', s.neighbourhood, 'group', s.group_id)), '[]') from user_scopes s where s.user_id = u.id))
        from users u where u.id = $1 and u.erased_at is null),
    'sessions', (
        select coalesce(jsonb_agg(jsonb_build_object('method', s.method, 'created_at', s.created_at, 'seen_at', s.seen_at) order by s.id), '[]')
        from sessions s where s.user_id = $1),
    'passkeys', (
        select coalesce(jsonb_agg(jsonb_build_object('created_at', k.created_at, 'used_at', k.used_at) order by k.id), '[]')
        from passkeys k where k.user_id = $1),
    'identities', (
        select coalesce(jsonb_agg(jsonb_build_object('issuer', i.issuer, 'subject', i.subject, 'created_at', i.created_at)), '[]')
        from identities i where i.user_id = $1),
    'tokens', (
        select coalesce(jsonb_agg(jsonb_build_object(
            'label', t.label, 'for', t.scopes, 'created_at', t.created_at, 'expires_at', t.expires_at, 'last_used_at', t.last_used_at, 'revoked_at', t.revoked_at) order by t.id), '[]')
        from api_tokens t where t.user_id = $1),
    'contributions', (
        select coalesce(jsonb_agg(jsonb_build_object(
            'id', c.id, 'item', c.item, 'action', c.action, 'place', c.place_id, 'proposal', c.body, 'state', c.state,
            'received_at', c.received_at, 'client_at', c.client_at, 'decided_at', c.decided_at, 'receipt', c.receipt,
            'decisions', (
                select coalesce(jsonb_agg(jsonb_build_object('outcome', d.outcome, 'reason', d.reason, 'message', d.message, 'rule', d.rule, 'role', d.role, 'at', d.at) order by d.id), '[]')
                from decisions d where d.contribution_id = c.id),
            'messages', (
                select coalesce(jsonb_agg(jsonb_build_object('from_moderation', m.from_moderation, 'message', m.message, 'at', m.at) order by m.id), '[]')
                from contribution_messages m where m.contribution_id = c.id),
            'appeal', (select jsonb_build_object('message', a.message, 'at', a.at) from appeals a where a.contribution_id = c.id)) order by c.id), '[]')
        from contributions c where c.user_id = $1),
    'photos', (
        select coalesce(jsonb_agg(jsonb_build_object(
            'id', p.id, 'state', p.state, 'contribution', p.contribution_id, 'place', p.place_id, 'width', p.width, 'height', p.height, 'taken', p.taken, 'uploaded_at', p.uploaded_at) order by p.id), '[]')
        from photos p where p.user_id = $1),
    'invitations', (
        select coalesce(jsonb_agg(jsonb_build_object(
            'organisation', o.name, 'name', i.name, 'manages', i.manages, 'created_at', i.created_at, 'expires_at', i.expires_at, 'declined', i.declined) order by i.id), '[]')
        from invitations i join organisations o on o.id = i.organisation_id join users u on u.email = i.email where u.id = $1),
    'follows', (
        select coalesce(jsonb_agg(jsonb_build_object(
            'place', f.place_id, 'neighbourhood', f.neighbourhood, 'organisation', f.organisation_id, 'area', st_asgeojson(f.area)::jsonb, 'created_at', f.created_at) order by f.id), '[]')
        from follows f where f.user_id = $1),
    'letters', (select jsonb_build_object('pace', d.pace, 'next_at', least(d.updates_at, d.morning_at)) from digests d where d.user_id = $1),
    'votes', (
        select coalesce(jsonb_agg(jsonb_build_object('contribution', v.contribution_id, 'confirms', v.confirms, 'at', v.at) order by v.at), '[]')
        from contribution_votes v where v.user_id = $1),
    'decisions', (
        select coalesce(jsonb_agg(jsonb_build_object('contribution', d.contribution_id, 'outcome', d.outcome, 'reason', d.reason, 'message', d.message, 'at', d.at) order by d.id), '[]')
        from decisions d where d.user_id = $1)
))::text
